import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { eventsWithCuts } from './support/events-with-cuts.js'
import { followed, things } from './support/followed.js'
import { resumedWatch } from './support/resumed-watch.js'
import { firstBatch, never, now, opened, put, write, writeMany } from './support/stores.js'
import { tcpProxy, type TcpProxy } from './support/tcp-proxy.js'
import { testEtcd, type TestEtcd } from './support/test-etcd.js'

describeWith({ etcd: true, linux: true }, 'F8: a watch of etcdStore that was away', () => {
  let etcd: TestEtcd
  let link: TcpProxy
  let count = 0
  beforeAll(async () => { etcd = await testEtcd() })
  beforeEach(async () => {
    link = await tcpProxy(etcd.endpoint)
    count += 1
  })
  afterEach(() => link.close())
  afterAll(() => etcd?.dispose())
  const direct = () => opened({ endpoints: [etcd.endpoint], prefix: `test-${count}/` })
  const linked = () => opened({ endpoints: [link.address], prefix: `test-${count}/`, deadlineMs: 500 })

  test('F8: etcd compacts while the watch is away: follow() lists anew, no gap, no double', async () => {
    const [writer, reader] = [await direct(), await linked()]
    await write(writer, ...['a', 'b', 'c', 'd'].map((id) => things.put(id, '1')))
    const { following, lostWith, store } = followed(reader)
    await following.caughtUpTo(await write(writer, things.put('a', '2')))
    link.hold('up')
    link.cut()
    await write(writer, things.put('a', '3'), things.delete('b'))
    await write(writer, things.put('e', '1'), things.delete('c'))
    await write(writer, things.put('c', '2'))
    const last = await write(writer, things.put('f', '1'))
    await etcd.ctl('compact', String(last))
    link.release()
    await following.caughtUpTo(last)
    expect(lostWith).toContain('compacted')
    expect([...following.view].map(([id, { value }]) => `${id}=${value}`).sort()).toEqual(['a=3', 'c=2', 'd=1', 'e=1', 'f=1'])
    await following.caughtUpTo(await write(writer, things.delete('a'), things.put('b', '9')))
    expect([...following.view.values()].sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual((await things.list(store)).entries)
  })

  test('F8: a watch from before a compaction is told `compacted`, one from there on gets everything', async () => {
    const store = await direct()
    const start = await now(store)
    const revisions = await writeMany(store, 'things/', 20)
    const [middle = 0n] = revisions.slice(10)
    await etcd.ctl('compact', String(middle))
    await expect(firstBatch(store.watch('', { after: start }, never), () => true)).rejects.toMatchObject({ code: 'compacted', details: { revision: String(start) } })
    const { commits } = await resumedWatch(store, { prefix: 'things/', after: middle, upTo: () => revisions.at(-1) ?? 0n })
    expect(commits).toHaveLength(revisions.filter((revision) => revision > middle).length)
  })

  test('F8: cut in the middle of catching up, time and again, it goes on behind what it has delivered', async () => {
    const [writer, reader] = [await direct(), await linked()]
    const start = await now(writer)
    const revisions = await writeMany(writer, 'things/', 3_003, new Uint8Array(1_000))
    const cut = (): void => link.cutAfter(800_000) // of more than 3 MB
    cut()
    let cuts = 0
    const { commits, losses } = await resumedWatch(reader, {
      prefix: '', after: start, upTo: () => revisions.at(-1) ?? 0n,
      onLoss: () => { if ((cuts += 1) < 3) cut() },
    })
    expect(losses).toBeGreaterThanOrEqual(3)
    expect(commits.map((text) => BigInt(text.split(':')[0] ?? 0))).toEqual(revisions)
  })

  test('F8: of 10,000 commits, with the link cut at random, none is lost and none comes twice', async () => {
    const [writer, reader] = [await direct(), await linked()]
    const seed = Number(process.env['PICCOLO_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
    const losses = await eventsWithCuts({ commits: 10_000, seed, writer, reader, link, after: await now(writer) })
    process.stdout.write(`F8: seed ${seed} (PICCOLO_TEST_SEED): the watch was lost ${losses} times\n`)
    expect(losses).toBeGreaterThan(3)
  })

  test('a commit of the largest size is told whole, and so are many that wait', async () => {
    const store = await direct()
    const start = await now(store)
    const { maxCommitOperations } = store.capabilities
    const values = Array.from({ length: maxCommitOperations }, (_, index) => put(`k${index}`, new Uint8Array(10_000).fill(index)))
    const revisions = []
    for (let round = 0; round < 6; round += 1) revisions.push(await write(store, ...values))
    const seen = []
    for await (const batch of store.watch('', { after: start }, never)) {
      if (batch.changes.length === 0) continue
      seen.push(batch.revision)
      expect(batch.changes).toHaveLength(maxCommitOperations)
      if (seen.length === revisions.length) break
    }
    expect(seen).toEqual(revisions)
  })
})
