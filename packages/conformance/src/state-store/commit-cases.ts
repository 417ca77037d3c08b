import assert from 'node:assert/strict'
import type { StateStore } from '@piccolo/core/spi'
import { bytes } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { keysOf, opened, put, refused, remove, valueOf, write, type StateStoreSubject } from './state-store-subject.js'

const on = (id: string, title: string, run: (store: StateStore) => Promise<void>): ConformanceCase<StateStoreSubject> => ({
  id: `store/${id}`,
  title,
  run: (subject) => opened(subject, run),
})

export const commitCases: readonly ConformanceCase<StateStoreSubject>[] = [
  on('commit-is-whole', 'all mutations of a commit take effect, under its one revision', async (store) => {
    await write(store, put('a', 'old'), put('b', 'old'))
    const revision = await write(store, put('a', 'new'), remove('b'), put('c', 'new'))
    const { entries } = await store.list('', {}, never)
    assert.deepEqual(entries.map(({ key, modRevision }) => [key, modRevision]), [['a', revision], ['c', revision]])
    assert.equal(await store.get('b', never), undefined)
  }),
  on('revisions-grow', 'every commit has a higher revision than the one before, from above 0', async (store) => {
    const revisions = [await write(store, put('a')), await write(store, put('b')), await write(store, remove('a'))]
    assert.ok((revisions[0] ?? 0n) > 0n)
    assert.deepEqual(revisions, [...new Set(revisions)].sort((a, b) => (a < b ? -1 : 1)))
  }),
  on('absent-precondition', 'modRevision 0 as a precondition holds only while the key is absent', async (store) => {
    const create = { preconditions: [{ key: 'a', modRevision: 0n }], mutations: [put('a')] }
    assert.equal((await store.commit(create, never)).committed, true)
    assert.equal((await store.commit(create, never)).committed, false)
    await write(store, remove('a'))
    assert.equal((await store.commit(create, never)).committed, true)
  }),
  on('revision-precondition', 'a precondition holds only for the revision that last wrote the key, the key written or not', async (store) => {
    const first = await write(store, put('guard', '1'))
    const guarded = (modRevision: bigint, key: string) => ({ preconditions: [{ key: 'guard', modRevision }], mutations: [put(key)] })
    assert.equal((await store.commit(guarded(first, 'a'), never)).committed, true)
    const second = await write(store, put('guard', '2'))
    assert.equal((await store.commit(guarded(first, 'b'), never)).committed, false)
    assert.equal((await store.commit(guarded(second, 'guard'), never)).committed, true)
  }),
  on('lost-commit-changes-nothing', 'a commit with a failed precondition changes nothing and names just the keys that failed', async (store) => {
    const good = await write(store, put('good'), put('bad'))
    await write(store, put('bad', 'changed'))
    const result = await store.commit({
      preconditions: [{ key: 'good', modRevision: good }, { key: 'bad', modRevision: good }, { key: 'none', modRevision: 7n }],
      mutations: [put('good', 'changed'), put('new')],
    }, never)
    assert.equal(result.committed, false)
    assert.deepEqual(!result.committed && [...result.failedKeys].sort(), ['bad', 'none'])
    assert.equal(await valueOf(store, 'good'), 'good')
    assert.deepEqual(await keysOf(store), ['bad', 'good'])
  }),
  on('one-of-many-wins', 'of many commits at once with the same precondition exactly one wins', async (store) => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      store.commit({ preconditions: [{ key: 'a', modRevision: 0n }], mutations: [put('a', String(index))] }, never)))
    const winners = results.flatMap(({ committed }, index) => (committed ? [String(index)] : []))
    assert.equal(winners.length, 1)
    assert.equal(await valueOf(store, 'a'), winners[0])
  }),
  on('many-at-once', 'of many commits at once each has a revision of its own, and none is lost', async (store) => {
    const revisions = await Promise.all(Array.from({ length: 50 }, (_, index) => write(store, put(`k${index}`))))
    assert.equal(new Set(revisions).size, 50)
    assert.equal((await keysOf(store)).length, 50)
  }),
  on('create-revision', 'createRevision stays when a key is written again, and is new after it was deleted', async (store) => {
    const created = await write(store, put('a', '1'))
    await write(store, put('a', '2'))
    assert.equal((await store.get('a', never))?.createRevision, created)
    await write(store, remove('a'))
    const again = await write(store, put('a', '3'))
    assert.equal((await store.get('a', never))?.createRevision, again)
  }),
  on('delete-absent', 'deleting an absent key changes nothing and is not an error', async (store) => {
    await write(store, remove('none'), put('a'))
    await write(store, remove('none'))
    assert.deepEqual(await keysOf(store), ['a'])
  }),
  on('any-bytes', 'a value may be any bytes, or none', async (store) => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index)
    await write(store, put('all', all), put('empty', new Uint8Array()))
    assert.deepEqual([...(await store.get('all', never))?.value ?? []], [...all])
    assert.equal((await store.get('empty', never))?.value.byteLength, 0)
  }),
  on('own-copy', 'bytes written into after a commit, or after a read, do not change what is stored', async (store) => {
    const given = bytes('mine')
    const committed = write(store, put('a', given))
    given.fill(0)
    await committed
    ;(await store.get('a', never))?.value.fill(0)
    assert.equal(await valueOf(store, 'a'), 'mine')
  }),
  on('unfit-request', 'a commit without mutations, with a key twice or an unfit key is refused before anything is written', async (store) => {
    const unfit = [[], [put('a'), remove('a')], ...['', '/a', 'x'.repeat(513), 'a\ud800'].map((key) => [put('b'), put(key)])]
    for (const mutations of unfit) await refused(store.commit({ preconditions: [], mutations }, never), 'invalid-argument')
    assert.deepEqual(await keysOf(store), [])
  }),
  on('long-key', 'a key of 512 bytes is held', async (store) => {
    const key = `k${'é'.repeat(255)}x`
    await write(store, put(key, 'v'))
    assert.equal(await valueOf(store, key), 'v')
  }),
  on('value-limit', 'a value of the size told in capabilities is held, one byte more is refused before anything is written', async (store) => {
    const { maxValueBytes } = store.capabilities
    await write(store, put('fits', new Uint8Array(maxValueBytes).fill(7)))
    assert.equal((await store.get('fits', never))?.value.byteLength, maxValueBytes)
    await refused(write(store, put('b'), put('c', new Uint8Array(maxValueBytes + 1))), 'too-large')
    assert.deepEqual(await keysOf(store), ['fits'])
  }),
  on('operation-limit', 'as many operations as capabilities tell fit in a commit, one more is refused before anything is written', async (store) => {
    const { maxCommitOperations } = store.capabilities
    const keys = Array.from({ length: maxCommitOperations }, (_, index) => `k${String(index).padStart(8, '0')}`)
    await refused(write(store, ...keys.map((key) => put(key, '')), put('one-more')), 'too-large')
    assert.deepEqual(await keysOf(store), [])
    const revision = await write(store, ...keys.map((key) => put(key, '')))
    assert.equal((await store.get(keys.at(-1) ?? '', never))?.modRevision, revision)
  }),
  on('size-limit', 'a commit larger than capabilities tell is refused before anything is written', async (store) => {
    const { maxCommitBytes, maxValueBytes } = store.capabilities
    const values = Array.from({ length: Math.floor(maxCommitBytes / maxValueBytes) + 1 }, (_, index) => put(`k${index}`, new Uint8Array(maxValueBytes)))
    await refused(write(store, ...values), 'too-large')
    assert.deepEqual(await keysOf(store), [])
  }),
]
