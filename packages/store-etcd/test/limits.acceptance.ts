import { expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { never, opened, put, write } from './support/stores.js'
import { testEtcd } from './support/test-etcd.js'

const mebibyte = 1024 * 1024

describeWith({ etcd: true, linux: true }, 'the limits of etcd', () => {
  test('the heaviest commit that capabilities allow, with the longest keys, is one that etcd takes', async () => {
    const etcd = await testEtcd()
    onTestFinished(() => etcd.dispose())
    const store = await opened({ endpoints: [etcd.endpoint], prefix: `${'p'.repeat(127)}/` })
    const { maxCommitOperations, maxCommitBytes, maxValueBytes } = store.capabilities
    const key = (index: number): string => String(index).padStart(512, 'k')
    const absent = (count: number) => Array.from({ length: count }, (_, index) => ({ key: key(index), modRevision: 0n }))
    const heavy = put('heavy', new Uint8Array(maxValueBytes))
    const rest = put('rest', new Uint8Array(maxCommitBytes - maxValueBytes - 'heavyrest'.length))
    expect(await store.commit({ preconditions: absent(maxCommitOperations - 2), mutations: [heavy, rest] }, never)).toMatchObject({ committed: true })
    const values = Array.from({ length: maxCommitOperations }, (_, index) => put(key(index), new Uint8Array(Math.floor(maxCommitBytes / maxCommitOperations) - 512)))
    expect(await store.commit({ preconditions: [], mutations: values }, never)).toMatchObject({ committed: true })
    const lost = await store.commit({ preconditions: absent(maxCommitOperations - 1), mutations: [heavy] }, never)
    expect(lost).toMatchObject({ committed: false })
    expect(!lost.committed && lost.failedKeys).toHaveLength(maxCommitOperations - 1)
  })

  test('a store that was told more than its etcd takes says what to set', async () => {
    const etcd = await testEtcd({ arguments: ['--max-txn-ops=80', `--max-request-bytes=${512 * 1024}`] })
    onTestFinished(() => etcd.dispose())
    const store = await opened({ endpoints: [etcd.endpoint] })
    const many = Array.from({ length: 100 }, (_, index) => put(`k${index}`))
    for (const mutations of [many, [put('a', new Uint8Array(mebibyte))]]) {
      await expect(write(store, ...mutations)).rejects.toMatchObject({ code: 'too-large', message: expect.stringContaining('`limits`') as string })
    }
    const told = await opened({ endpoints: [etcd.endpoint], limits: { maxTxnOps: 80, maxRequestBytes: 512 * 1024 } })
    expect(told.capabilities.maxCommitOperations).toBe(79)
    await write(told, ...many.slice(0, 79))
    await write(told, put('a', new Uint8Array(told.capabilities.maxValueBytes)))
  })

  test('a page too heavy for one message is a smaller page, and pages together still hold everything', async () => {
    const etcd = await testEtcd()
    onTestFinished(() => etcd.dispose())
    const store = await opened({ endpoints: [etcd.endpoint] })
    for (let index = 0; index < 40; index += 1) await write(store, put(`k${String(index).padStart(2, '0')}`, new Uint8Array(mebibyte)))
    const keys: string[] = []
    let pages = 0
    for (let more = true; more; pages += 1) {
      const page = await store.list('', keys.length === 0 ? {} : { start: `${keys.at(-1) ?? ''}\0` }, never)
      keys.push(...page.entries.map(({ key }) => key))
      more = page.more
    }
    expect(keys).toEqual(Array.from({ length: 40 }, (_, index) => `k${String(index).padStart(2, '0')}`))
    expect(pages).toBeGreaterThan(1)
  })

  test('an etcd that has used up its space refuses to write and says what to do, reads on, and writes again once it is done', async () => {
    const etcd = await testEtcd({ arguments: [`--quota-backend-bytes=${8 * mebibyte}`] })
    onTestFinished(() => etcd.dispose())
    const store = await opened({ endpoints: [etcd.endpoint] })
    let revision = 0n
    const filling = async (): Promise<never> => {
      for (;;) revision = await write(store, put('a', new Uint8Array(mebibyte)))
    }
    await expect(filling()).rejects.toMatchObject({ code: 'resource-exhausted', message: expect.stringMatching(/used up its space.*compact, defrag, alarm disarm/) as string })
    expect((await store.get('a', never))?.modRevision).toBe(revision)
    await etcd.ctl('compact', String(revision))
    await etcd.ctl('defrag')
    await etcd.ctl('alarm', 'disarm')
    expect(await write(store, put('a', new Uint8Array(mebibyte)))).toBeGreaterThan(revision)
  })
})
