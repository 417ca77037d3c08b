import { describe, expect, test } from 'vitest'
import { follow, type FollowOptions } from '@piccolo/core/store'
import { PiccoloError } from '@piccolo/core/spi'
import { things, world, type Thing } from './world.js'

async function following(options: Partial<FollowOptions<Thing>> & { readonly before?: readonly string[] } = {}) {
  const { before = [], ...rest } = options
  const { store, backend, clock } = await world()
  for (const id of before) await store.commit({ mutations: [things.put(id, { name: id })] })
  const calls: { readonly ids: string[]; readonly changed: string[]; readonly revision: bigint }[] = []
  const end = new AbortController()
  const followed = follow(store, things, {
    signal: end.signal,
    onChange: ({ view, changed, revision }) => {
      calls.push({ ids: [...view.keys()].sort(), changed: [...changed].sort(), revision })
    },
    ...rest,
  })
  followed.ended.catch(() => undefined)
  await clock.settle()
  return { store, backend, clock, calls, followed, end }
}

describe('follow', () => {
  test('tells once what is there, then each commit that touches the table, with the ids it changed', async () => {
    const { store, clock, calls } = await following({ before: ['a', 'b'] })
    await store.commit({ mutations: [things.put('c', { name: 'c' }), things.delete('a')] })
    await store.commit({ mutations: [{ type: 'put', key: 'elsewhere', value: new Uint8Array() }] })
    await store.commit({ mutations: [things.put('b', { name: 'again' })] })
    await clock.settle()
    expect(calls).toEqual([
      { ids: ['a', 'b'], changed: ['a', 'b'], revision: 2n },
      { ids: ['b', 'c'], changed: ['a', 'c'], revision: 3n },
      { ids: ['b', 'c'], changed: ['b'], revision: 5n },
    ])
  })

  test('an empty table is told as well, once', async () => {
    expect((await following()).calls).toEqual([{ ids: [], changed: [], revision: 0n }])
  })

  test('follows only ids that begin with what was asked for', async () => {
    const { store, clock, calls } = await following({ before: ['a/1', 'b/1'], within: 'a/' })
    await store.commit({ mutations: [things.put('a/2', { name: 'x' }), things.put('b/2', { name: 'x' })] })
    await clock.settle()
    expect(calls.map(({ changed }) => changed)).toEqual([['a/1'], ['a/2']])
  })

  test('calls one at a time: commits made meanwhile wait, in order', async () => {
    const gates: (() => void)[] = []
    const seen: bigint[] = []
    const { store, clock } = await following({
      onChange: async ({ revision }) => {
        seen.push(revision)
        await new Promise<void>((resolve) => gates.push(resolve))
      },
    })
    for (const id of ['a', 'b']) await store.commit({ mutations: [things.put(id, { name: id })] })
    await clock.settle()
    expect(seen).toEqual([0n])
    for (let turn = 0; turn < 2; turn += 1) {
      gates.shift()?.()
      await clock.settle()
    }
    expect(seen).toEqual([0n, 1n, 2n])
  })

  test('F8: after a compaction while the watch was away it relists and tells the difference once', async () => {
    const { store, backend, clock, calls } = await following({ before: ['kept', 'changed', 'deleted'] })
    backend.unavailable = true
    await clock.settle()
    backend.unavailable = false
    await store.commit({ mutations: [things.put('changed', { name: 'new' })] })
    await store.commit({ mutations: [things.delete('deleted'), things.put('made', { name: 'x' })] })
    await store.commit({ mutations: [things.put('passing', { name: 'x' })] })
    await store.commit({ mutations: [things.delete('passing')] })
    backend.compact()
    await clock.advance(1_000)
    expect(calls.slice(1)).toEqual([{ ids: ['changed', 'kept', 'made'], changed: ['changed', 'deleted', 'made'], revision: 7n }])
  })

  test('tries again ever more slowly while the store is away, and stops at once when ended', async () => {
    const { backend, clock, calls, followed, end } = await following()
    backend.unavailable = true
    await clock.advance(60_000)
    expect(clock.pending).toBe(1)
    backend.unavailable = false
    await clock.advance(5_000)
    backend.unavailable = true
    await clock.settle()
    end.abort()
    await followed.ended
    expect(clock.pending).toBe(0)
    expect(calls).toHaveLength(1)
  })

  test('caughtUpTo waits until a revision was handled, also one that touched another table', async () => {
    const { store, clock, followed, end } = await following()
    const elsewhere = await store.commit({ mutations: [{ type: 'put', key: 'elsewhere', value: new Uint8Array() }] })
    await followed.caughtUpTo(elsewhere.revision)
    expect(followed.revision).toBe(elsewhere.revision)
    const never = expect(followed.caughtUpTo(99n)).rejects.toMatchObject({ code: 'aborted' })
    end.abort()
    await clock.settle()
    await never
  })

  test('a handler that meets a retryable error is called again with the same change; another error ends it', async () => {
    const failures = [new PiccoloError('unavailable', 'away'), new PiccoloError('internal', 'defect')]
    const told: string[][] = []
    const { store, clock, followed } = await following({
      onChange: ({ changed }) => {
        if (changed.size === 0) return
        told.push([...changed])
        const failure = failures.shift()
        if (failure !== undefined) throw failure
      },
    })
    await store.commit({ mutations: [things.put('a', { name: 'a' })] })
    const ended = expect(followed.ended).rejects.toMatchObject({ code: 'internal' })
    await clock.advance(1_000)
    await ended
    expect(told).toEqual([['a'], ['a']])
    await expect(followed.caughtUpTo(1n)).rejects.toMatchObject({ code: 'internal' })
  })

  test('an unreadable entry ends it, unless somebody asked to be told: then the view keeps what it had', async () => {
    const garbage = { type: 'put' as const, key: things.key('a'), value: new Uint8Array([255]) }
    const strict = await following({ before: ['a'] })
    await strict.store.commit({ mutations: [garbage] })
    await expect(strict.followed.ended).rejects.toMatchObject({ code: 'corrupt', details: { key: 'things/a' } })

    const told: string[] = []
    const lenient = await following({ before: ['a'], onCorrupt: (_error, id) => told.push(id) })
    const { revision } = await lenient.store.commit({ mutations: [garbage] })
    await lenient.followed.caughtUpTo(revision)
    expect(told).toEqual(['a'])
    expect(lenient.followed.view.get('a')?.value).toEqual({ name: 'a' })
  })
})
