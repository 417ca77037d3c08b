import { describe, expect, test } from 'vitest'
import { createStore, officeKey, takeOffice } from '@piccolo/core/store'
import type { StateStore } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { things, world } from './world.js'

const office = (holder: string) => ({ type: 'put' as const, key: officeKey, value: new TextEncoder().encode(holder) })

describe('Store', () => {
  test('a call that gets no answer ends with its deadline, even if the backend never lets go', async () => {
    const clock = manualClock()
    const signals: AbortSignal[] = []
    const stuck = { get: (_key: string, signal: AbortSignal) => new Promise<never>(() => signals.push(signal)) } as unknown as StateStore
    const store = createStore(stuck, { context: { clock, random: seededRandom(1), logger: silentLogger } })
    const call = expect(store.get('a')).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await clock.advance(4_999)
    expect(signals[0]?.aborted).toBe(false)
    await clock.advance(1)
    await call
    expect(signals[0]?.aborted).toBe(true)
    const shorter = expect(store.get('a', { deadlineMs: 10 })).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await clock.advance(10)
    await shorter
    expect(clock.pending).toBe(0)
  })

  test('a call aborted by its caller has no effect, and leaves no timer', async () => {
    const { store, backend, clock } = await world()
    backend.latencyMs = 100
    const abort = new AbortController()
    const call = expect(store.commit({ mutations: [things.put('a', { name: 'a' })] }, { signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' })
    await clock.advance(50)
    abort.abort()
    await call
    expect(backend.get('things/a')).toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  test('a master in office is fenced off by the next: its commits are refused and change nothing', async () => {
    const { store, backend } = await world()
    const first = await takeOffice(store, office('first'))
    expect(first.term).toBe(backend.get(officeKey)?.modRevision)
    await first.commit({ mutations: [things.put('a', { name: 'first' })] })
    const second = await takeOffice(store, office('second'))
    expect(second.term).toBeGreaterThan(first.term ?? 0n)
    const termLost = { code: 'failed-precondition', details: { reason: 'term-lost', term: String(first.term) } }
    await expect(first.commit({ mutations: [things.put('a', { name: 'late' })] })).rejects.toMatchObject(termLost)
    await expect(first.update(async () => ({ mutations: [things.delete('a')], result: undefined }))).rejects.toMatchObject(termLost)
    expect((await things.get(second, 'a'))?.value.name).toBe('first')
    expect((await second.commit({ mutations: [things.put('a', { name: 'second' })] })).committed).toBe(true)
  })

  test('a lost compare-and-set in office is a value, not the loss of the office', async () => {
    const { store } = await world()
    const inOffice = await takeOffice(store, office('first'))
    const result = await inOffice.commit({ preconditions: [{ key: things.key('a'), modRevision: 9n }], mutations: [things.put('a', { name: 'x' })] })
    expect(result).toMatchObject({ committed: false, failedKeys: ['things/a'] })
  })
})

describe('update', () => {
  const increment = async (store: Awaited<ReturnType<typeof world>>['store'], id: string) =>
    store.update(async (reader) => {
      const count = Number((await things.get(reader, id))?.value.name ?? 0) + 1
      return { mutations: [things.put(id, { name: String(count) })], result: count }
    })

  test('what was read is decided on: ten at once all count', async () => {
    const { store, clock } = await world()
    let done = false
    const all = Promise.all(Array.from({ length: 8 }, () => increment(store, 'n'))).finally(() => (done = true))
    while (!done) await clock.advance(50)
    expect((await all).map(({ result }) => result).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect((await things.get(store, 'n'))?.value.name).toBe('8')
  })

  test('an absence that was read counts as well, and preconditions can be added', async () => {
    const { store } = await world()
    let runs = 0
    const { result, revision } = await store.update(async (reader) => {
      runs += 1
      const seen = await things.get(reader, 'a')
      if (runs === 1) await store.commit({ mutations: [things.put('a', { name: 'theirs' })] })
      return { mutations: [things.put('b', { name: 'b' })], preconditions: [things.absent('c')], result: seen?.value.name }
    })
    expect({ result, runs }).toEqual({ result: 'theirs', runs: 2 })
    expect((await things.get(store, 'b'))?.revision).toBe(revision)
  })

  test('nothing to write is not committed', async () => {
    const { store, backend } = await world()
    expect(await store.update(async () => ({ mutations: [], result: 'as it is' }))).toEqual({ result: 'as it is', revision: undefined })
    expect(backend.revision).toBe(0n)
  })

  test('gives up after so many attempts, with a conflict that names the keys', async () => {
    const { store, clock } = await world()
    let runs = 0
    const update = store.update(async (reader) => {
      runs += 1
      await things.get(reader, 'a')
      await store.commit({ mutations: [things.put('a', { name: String(runs) })] })
      return { mutations: [things.put('b', { name: 'b' })], result: undefined }
    }, { attempts: 3 })
    const refused = expect(update).rejects.toMatchObject({ code: 'conflict', details: { keys: ['things/a'] } })
    await clock.advance(1_000)
    await refused
    expect(runs).toBe(3)
    expect(clock.pending).toBe(0)
  })

  test('is not tried again when the store is away: only the caller knows whether that is safe', async () => {
    const { store, backend } = await world()
    let runs = 0
    backend.losesReplies = true
    await expect(store.update(async () => {
      runs += 1
      return { mutations: [things.put('a', { name: 'a' })], result: undefined }
    })).rejects.toMatchObject({ code: 'unavailable' })
    expect(runs).toBe(1)
  })
})
