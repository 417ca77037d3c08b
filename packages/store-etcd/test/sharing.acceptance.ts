import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { StateStore } from '@piccolo/core/spi'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { described } from './support/resumed-watch.js'
import { firstBatch, never, now, opened, put, timed, write, writeMany } from './support/stores.js'
import { testEtcd, type TestEtcd } from './support/test-etcd.js'

describeWith({ etcd: true, linux: true }, 'several stores in one etcd', () => {
  let etcd: TestEtcd
  let count = 0
  let ours: StateStore
  let theirs: StateStore
  beforeAll(async () => { etcd = await testEtcd() })
  beforeEach(async () => {
    count += 1
    ours = await opened({ endpoints: [etcd.endpoint], prefix: `ours-${count}/` })
    theirs = await opened({ endpoints: [etcd.endpoint], prefix: `theirs-${count}/` })
  })
  afterAll(() => etcd?.dispose())

  test('none sees, guards or changes what is in another, though they share the revisions', async () => {
    const first = await write(ours, put('a', 'ours'))
    const second = await write(theirs, put('a', 'theirs'), put('b'))
    expect(second).toBeGreaterThan(first)
    expect((await ours.list('', {}, never)).entries.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`)).toEqual(['a=ours'])
    expect(await ours.commit({ preconditions: [{ key: 'b', modRevision: 0n }, { key: 'a', modRevision: first }], mutations: [put('c')] }, never)).toMatchObject({ committed: true })
    await write(theirs, { type: 'delete', key: 'a' })
    expect(await ours.get('a', never)).toBeDefined()
  })

  test('a watch gets its own commits only, and a progress mark within a second for those of others', async () => {
    const start = await now(ours)
    await write(ours, put('a'))
    const [last = 0n] = (await writeMany(theirs, 'b/', 50)).slice(-1)
    expect((await ours.list('', { limit: 1 }, never)).revision).toBe(last)
    const seen: string[] = []
    const { tookMs } = await timed(() => firstBatch(ours.watch('', { after: start }, never), ({ revision, changes }) => {
      if (changes.length > 0) seen.push(described(revision, changes))
      return revision >= last
    }))
    expect(seen).toHaveLength(1)
    expect(tookMs).toBeLessThan(1_500)
    const waiting = firstBatch(ours.watch('', { after: last }, never), ({ revision }) => revision > last)
    const later = await write(theirs, put('c'))
    await ours.get('a', never) // somebody hears of it
    expect(await waiting).toEqual({ changes: [], revision: later })
  })

  test('a progress mark never runs ahead of a commit of our own, however busy the others are', async () => {
    const start = await now(ours)
    const end = new AbortController()
    const noise = timed(async () => {
      while (!end.signal.aborted) await Promise.all([writeMany(theirs, 'noise/', 20), ours.list('', { limit: 1 }, never)])
    })
    const watched: [revision: bigint, keys: number][] = []
    const watching = timed(async () => {
      for await (const { revision, changes } of ours.watch('', { after: start }, end.signal)) watched.push([revision, changes.length])
    })
    const written = []
    for (let round = 0; round < 40; round += 1) {
      written.push(await write(ours, put(`k${round}`)))
      if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 400)) // long enough for marks to come between
    }
    const last = written.at(-1) ?? 0n
    await expect.poll(() => watched.at(-1)?.[0] ?? 0n, { timeout: 5_000 }).toBeGreaterThan(last)
    end.abort()
    await Promise.all([noise, watching])
    expect(watched.filter(([, keys]) => keys > 0).map(([revision]) => revision)).toEqual(written)
    expect(watched.filter(([, keys]) => keys === 0).length).toBeGreaterThan(1)
    expect(watched.map(([revision]) => revision)).toEqual(watched.map(([revision]) => revision).sort((one, other) => (one < other ? -1 : 1)))
  })

  test('two masters over one store see each other\'s commits, and of the same change only one wins', async () => {
    const other = await opened({ endpoints: [etcd.endpoint], prefix: `ours-${count}/` })
    const start = await now(ours)
    const watching = firstBatch(other.watch('', { after: start }, never), ({ changes }) => changes.length > 0)
    const created = await write(ours, put('office'))
    expect((await watching).revision).toBe(created)
    const results = await Promise.all([ours, other].map((store) => store.commit({ preconditions: [{ key: 'office', modRevision: created }], mutations: [put('office', 'mine')] }, never)))
    expect(results.map(({ committed }) => committed).sort()).toEqual([false, true])
    expect(results.find(({ committed }) => !committed)).toMatchObject({ failedKeys: ['office'] })
  })
})
