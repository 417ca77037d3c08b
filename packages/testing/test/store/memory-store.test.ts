import { describe, expect, test } from 'vitest'
import type { StateStore, WatchBatch } from '@piccolo/core/spi'
import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger, type MemoryBackend } from '@piccolo/testing'

const never = new AbortController().signal
const value = new TextEncoder().encode('x')

async function opened(backend: MemoryBackend, clock = manualClock()): Promise<StateStore> {
  const store = memoryStore({ backend })({ clock, random: seededRandom(1), logger: silentLogger })
  await store.open(never)
  return store
}

const put = (key: string) => ({ preconditions: [], mutations: [{ type: 'put' as const, key, value }] })

describe('memoryStore', () => {
  test('a store made over the same backend finds what the one before it wrote, and goes on counting', async () => {
    const backend = memoryBackend()
    const first = await opened(backend)
    const written = await first.commit(put('a'), never)
    await first.close()
    const second = await opened(backend)
    expect((await second.get('a', never))?.modRevision).toBe(written.revision)
    expect((await second.commit(put('b'), never)).revision).toBe(written.revision + 1n)
  })

  test('while it is switched to unavailable every call fails and running watches break', async () => {
    const backend = memoryBackend()
    const store = await opened(backend)
    const watch = store.watch('', { after: 0n }, never)[Symbol.asyncIterator]()
    const broken = expect(watch.next()).rejects.toMatchObject({ code: 'unavailable' })
    backend.unavailable = true
    await broken
    await expect(store.get('a', never)).rejects.toMatchObject({ code: 'unavailable' })
    backend.unavailable = false
    expect(await store.get('a', never)).toBeUndefined()
  })

  test('while its watches are broken nobody is told anything, and reads and commits go on', async () => {
    const backend = memoryBackend()
    const store = await opened(backend)
    const watch = store.watch('', { after: 0n }, never)[Symbol.asyncIterator]()
    const broken = expect(watch.next()).rejects.toMatchObject({ code: 'unavailable' })
    backend.watchesBroken = true
    await broken
    await expect(store.watch('', { after: 0n }, never)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' })
    const { revision } = await store.commit(put('a'), never)
    backend.watchesBroken = false
    expect((await store.watch('', { after: 0n }, never)[Symbol.asyncIterator]().next()).value).toMatchObject({ revision })
  })

  test('a commit on its way arrives after whoever sent it has given up or gone, if the backend is told to be like that', async () => {
    const backend = memoryBackend()
    const clock = manualClock()
    const store = await opened(backend, clock)
    backend.latencyMs = 20
    backend.commitsOutlive = true
    const abort = new AbortController()
    const aborted = expect(store.commit(put('a'), abort.signal)).rejects.toMatchObject({ code: 'aborted' })
    abort.abort()
    await aborted
    const closed = expect(store.commit(put('b'), never)).rejects.toMatchObject({ code: 'failed-precondition' })
    await store.close()
    await closed
    expect(backend.revision).toBe(0n)
    await clock.advance(20)
    expect(backend.list('', {}).entries.map(({ key }) => key)).toEqual(['a', 'b'])
  })

  test('a call takes its latency on the clock, and has no effect when it is aborted meanwhile', async () => {
    const backend = memoryBackend()
    const clock = manualClock()
    const store = await opened(backend, clock)
    backend.latencyMs = 20
    const abort = new AbortController()
    const aborted = expect(store.commit(put('a'), abort.signal)).rejects.toMatchObject({ code: 'aborted' })
    abort.abort()
    await aborted
    const committed = store.commit(put('b'), never)
    await clock.advance(20)
    expect((await committed).revision).toBe(1n)
    expect(clock.pending).toBe(0)
    expect(backend.get('a')).toBeUndefined()
  })

  test('a lost reply leaves the commit written and the caller without an answer', async () => {
    const backend = memoryBackend()
    const store = await opened(backend)
    backend.losesReplies = true
    await expect(store.commit(put('a'), never)).rejects.toMatchObject({ code: 'unavailable' })
    expect(backend.get('a')).toBeDefined()
  })

  test('history is bounded: a watch from before it is told so, a list at a kept revision still answers', async () => {
    const store = await opened(memoryBackend({ historyCommits: 2 }))
    for (const key of ['a', 'b', 'c', 'd']) await store.commit(put(key), never)
    const next = (after: bigint): Promise<IteratorResult<WatchBatch>> => store.watch('', { after }, never)[Symbol.asyncIterator]().next()
    await expect(next(1n)).rejects.toMatchObject({ code: 'compacted' })
    expect((await next(2n)).value).toMatchObject({ revision: 3n })
    expect((await store.list('', { revision: 2n }, never)).entries.map(({ key }) => key)).toEqual(['a', 'b'])
    await expect(store.list('', { revision: 1n }, never)).rejects.toMatchObject({ code: 'compacted' })
  })
})
