import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Revision } from '@piccolo/core/spi'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { firstBatch, made, never, now, opened, put, timed, write } from './support/stores.js'
import { tcpProxy, type TcpProxy } from './support/tcp-proxy.js'
import { testEtcd, type TestEtcd } from './support/test-etcd.js'

const deadlineMs = 1_000
/** The deadline, and what a busy machine adds to it. */
const soon = deadlineMs + 1_500

describeWith({ etcd: true, linux: true }, 'etcdStore when etcd goes away', () => {
  let etcd: TestEtcd
  let link: TcpProxy
  beforeEach(async () => {
    etcd = await testEtcd()
    link = await tcpProxy(etcd.endpoint)
  })
  afterEach(async () => {
    await link.close()
    await etcd.dispose()
  })
  const direct = (): Parameters<typeof opened>[0] => ({ endpoints: [etcd.endpoint], deadlineMs })
  const linked = (): Parameters<typeof opened>[0] => ({ endpoints: [link.address], deadlineMs })

  /** Everything a store can be asked, each with how it went. */
  const everything = (store: Awaited<ReturnType<typeof opened>>, after: Revision) => [
    timed(() => store.get('a', never)),
    timed(() => store.list('', {}, never)),
    timed(() => write(store, put('b'))),
    timed(() => firstBatch(store.watch('', { after }, never), () => true)),
  ]
  const unavailable = { code: 'unavailable', message: expect.stringContaining('127.0.0.1') as string }

  test('killed with -9 and started again, it has every acknowledged commit, and the same store goes on at once', async () => {
    const store = await opened(direct())
    const start = await now(store)
    const watching = timed(() => firstBatch(store.watch('', { after: start }, never), () => false))
    const acknowledged = new Map<string, Revision>()
    const writer = async (name: string): Promise<void> => {
      for (let count = 0; ; count += 1) acknowledged.set(`${name}${count}`, await write(store, put(`${name}${count}`)))
    }
    const writers = ['left/', 'right/'].map((name) => timed(() => writer(name)))
    await expect.poll(() => acknowledged.size).toBeGreaterThan(20)
    await etcd.kill()
    for (const { outcome } of await Promise.all(writers)) expect(outcome).toMatchObject(unavailable)
    expect((await watching).outcome).toMatchObject({ code: 'unavailable' })
    for (const { tookMs, outcome } of await Promise.all(everything(store, start))) {
      expect(outcome).toMatchObject(unavailable)
      expect(tookMs).toBeLessThan(soon)
    }

    await etcd.start()
    const { tookMs } = await timed(() => store.get('left/0', never))
    expect(tookMs).toBeLessThan(500)
    const entries = (await store.list('', {}, never)).entries
    for (const [key, revision] of acknowledged) expect(entries.find((entry) => entry.key === key)?.modRevision).toBe(revision)
    const seen: Revision[] = []
    const last = entries.reduce((newest, { modRevision }) => (modRevision > newest ? modRevision : newest), 0n)
    for await (const batch of store.watch('', { after: start }, never)) {
      if (batch.changes.length > 0) seen.push(batch.revision)
      if (batch.revision >= last) break
    }
    expect(seen).toEqual(entries.map(({ modRevision }) => modRevision).sort((a, b) => (a < b ? -1 : 1)))
  })

  test('stopped as it is, it is unavailable within the deadline, for calls and watches alike; woken, it is there at once', async () => {
    const store = await opened(direct())
    const start = await write(store, put('a'))
    const watching = timed(() => firstBatch(store.watch('', { after: start }, never), ({ changes }) => changes.length > 0))
    etcd.process.signal('SIGSTOP')
    for (const { tookMs, outcome } of await Promise.all(everything(store, start))) {
      expect(outcome).toMatchObject({ code: 'unavailable' })
      expect(tookMs).toBeLessThan(soon)
    }
    expect((await watching).outcome).toMatchObject({ code: 'unavailable' })
    const late = made(direct())
    const { tookMs, outcome } = await timed(() => late.open(never))
    expect(outcome).toMatchObject({ code: 'unavailable', message: expect.stringContaining(`within ${deadlineMs} ms`) as string })
    expect(tookMs).toBeLessThan(soon)

    etcd.process.signal('SIGCONT')
    await late.open(never) // an open that failed may be tried again
    await late.close()
    expect((await timed(() => store.get('a', never))).tookMs).toBeLessThan(500)
    const revision = await write(store, put('c'))
    expect((await firstBatch(store.watch('', { after: start }, never), (batch) => batch.revision >= revision)).revision).toBe(revision)
  })

  test('a store over a dead address says so, and is closed without delay', async () => {
    await etcd.kill()
    const store = made(direct())
    await expect(store.open(never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/can't be reached: .*ECONNREFUSED/) as string })
    expect((await timed(() => store.close())).tookMs).toBeLessThan(500)
  })

  test('a store whose etcd has fallen silent is closed within the deadline, with what is on its way', async () => {
    const store = await opened(direct())
    etcd.process.signal('SIGSTOP')
    const calls = [timed(() => store.get('a', never)), timed(() => store.list('', {}, never)), timed(() => write(store, put('a')))]
    const { tookMs } = await timed(() => store.close())
    expect(tookMs).toBeLessThan(soon)
    const [get, list, commit] = (await Promise.all(calls)).map(({ outcome }) => outcome)
    expect([get, list]).toMatchObject([{ code: 'failed-precondition' }, { code: 'failed-precondition' }])
    expect(commit).toMatchObject({ code: 'unavailable' }) // it may yet be written
  })

  test.each(['up', 'down'] as const)('a link that is held %s makes it unavailable within the deadline; what was sent may or may not be written', async (direction) => {
    const store = await opened(linked())
    const start = await write(store, put('a'))
    const watching = timed(() => firstBatch(store.watch('', { after: start }, never), ({ changes }) => changes.length > 0))
    link.hold(direction)
    const lost = await timed(() => write(store, put('b')))
    expect(lost.outcome).toMatchObject({ code: 'unavailable' })
    expect(lost.tookMs).toBeLessThan(soon)
    expect((await watching).outcome).toMatchObject({ code: 'unavailable' })
    link.release()
    const written = (await store.get('b', never)) !== undefined
    expect(written || direction === 'up').toBe(true)
  })

  test('a link that is cut is dialled anew by the next call', async () => {
    const store = await opened(linked())
    await write(store, put('a'))
    const before = link.connections
    link.cut()
    await expect.poll(() => store.get('a', never).catch(() => undefined), { interval: 5, timeout: 500 }).toBeDefined()
    expect(link.connections).toBe(before + 1)
  })

  test('an abort ends a read that waits, not a commit that is on its way', async () => {
    const [store, witness] = [await opened(linked()), await opened(direct())]
    const caller = new AbortController()
    link.hold('down')
    const reading = timed(() => store.get('a', caller.signal))
    const writing = timed(() => store.commit({ preconditions: [], mutations: [put('a')] }, caller.signal))
    await expect.poll(() => witness.get('a', never), { interval: 5 }).toBeDefined()
    caller.abort()
    expect((await reading).outcome).toMatchObject({ code: 'aborted' })
    link.release()
    expect((await writing).outcome).toMatchObject({ committed: true })
  })
})
