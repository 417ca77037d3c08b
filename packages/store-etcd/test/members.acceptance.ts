import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { followed, things } from './support/followed.js'
import { never, opened, timed, write } from './support/stores.js'
import { testMembers } from './support/test-members.js'
import type { TestEtcd } from './support/test-etcd.js'

describeWith({ etcd: true, linux: true }, 'three members of one etcd', () => {
  let members: readonly TestEtcd[] = []
  beforeAll(async () => { members = await testMembers(3) })
  afterAll(() => Promise.all(members.map((member) => member.dispose())))

  test('any one of them may be killed, or fall silent: the store goes on over another, and nothing is lost', async () => {
    const store = await opened({ endpoints: members.map(({ endpoint }) => endpoint) })
    const { following } = followed(store)
    const acknowledged: bigint[] = []
    const writing = async (id: string): Promise<void> => {
      // What is on its way when a member goes may be lost with it; what follows is not.
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const { outcome } = await timed(() => write(store, things.put(id, id)))
        if (typeof outcome !== 'bigint') continue
        acknowledged.push(outcome)
        return
      }
      throw new Error(`${id} could not be written`)
    }
    await writing('before')
    for (const member of members) {
      await member.kill()
      await writing(`without ${member.endpoint}`)
      await member.start()
      member.process.signal('SIGSTOP')
      await writing(`despite ${member.endpoint}`)
      member.process.signal('SIGCONT')
    }
    await following.caughtUpTo(acknowledged.at(-1) ?? 0n)
    expect(following.view.size).toBe(7)
    expect((await store.list('things/', {}, never)).entries).toHaveLength(7)
  })
})
