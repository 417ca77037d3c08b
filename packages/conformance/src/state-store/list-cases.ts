import assert from 'node:assert/strict'
import type { ListOptions, StateStore } from '@piccolo/core/spi'
import { textOf } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import { settled } from '../kit/within.js'
import type { ConformanceCase } from '../suite.js'
import { keysOf, opened, put, refused, remove, write, type StateStoreSubject } from './state-store-subject.js'

const on = (id: string, title: string, run: (store: StateStore) => Promise<void>): ConformanceCase<StateStoreSubject> => ({
  id: `store/${id}`,
  title,
  run: (subject) => opened(subject, run),
})

const listed = async (store: StateStore, prefix: string, options: ListOptions): Promise<string> => {
  const { entries, more } = await store.list(prefix, options, never)
  return entries.map(({ key }) => key).join(' ') + (more ? ' …' : '')
}

const texts = (entries: readonly { readonly key: string; readonly value: Uint8Array }[]): string =>
  entries.map(({ key, value }) => `${key}=${textOf(value)}`).join(' ')

export const listCases: readonly ConformanceCase<StateStoreSubject>[] = [
  on('list-prefix', 'list answers what begins with the prefix, letter by letter, and nothing else', async (store) => {
    await write(store, ...['a', 'a/1', 'a/2', 'ab', 'b', 'B'].map((key) => put(key)))
    assert.deepEqual(await keysOf(store, 'a'), ['a', 'a/1', 'a/2', 'ab'])
    assert.deepEqual(await keysOf(store, 'a/'), ['a/1', 'a/2'])
    assert.deepEqual(await keysOf(store, ''), ['B', 'a', 'a/1', 'a/2', 'ab', 'b'])
    assert.deepEqual(await keysOf(store, 'none'), [])
  }),
  on('list-order', 'keys come in the order of their UTF-8 bytes, reversed where asked', async (store) => {
    const ordered = ['a', 'a!', 'a/', 'a0', 'é', '\uffff', '\u{1f600}']
    await write(store, ...[...ordered].reverse().map((key) => put(key)))
    assert.deepEqual(await keysOf(store), ordered)
    assert.equal(await listed(store, '', { reverse: true }), [...ordered].reverse().join(' '))
  }),
  on('list-range', 'start is inclusive, end exclusive, both within the prefix', async (store) => {
    await write(store, ...['a', 'p1', 'p2', 'p3', 'p4', 'z'].map((key) => put(key)))
    assert.equal(await listed(store, 'p', { start: 'p2', end: 'p4' }), 'p2 p3')
    assert.equal(await listed(store, 'p', { start: 'p2', end: 'p4', reverse: true }), 'p3 p2')
    assert.equal(await listed(store, 'p', { start: 'a', end: 'zz' }), 'p1 p2 p3 p4')
    assert.equal(await listed(store, 'p', { start: 'p4', end: 'p2' }), '')
  }),
  on('list-limit', 'a limit ends the page and says whether there is more', async (store) => {
    await write(store, ...['p1', 'p2', 'p3', 'q'].map((key) => put(key)))
    assert.equal(await listed(store, 'p', { limit: 2 }), 'p1 p2 …')
    assert.equal(await listed(store, 'p', { limit: 3 }), 'p1 p2 p3')
    assert.equal(await listed(store, 'p', { limit: 2, reverse: true }), 'p3 p2 …')
    assert.equal(await listed(store, 'p', { limit: 2, start: 'p2\0' }), 'p3')
  }),
  on('list-pages', 'pages taken one after the other, either way, together hold every key once', async (store) => {
    const keys = Array.from({ length: 25 }, (_, index) => `p/${String(index).padStart(2, '0')}`)
    await write(store, ...keys.map((key) => put(key)))
    assert.deepEqual(await paged(store, (last) => ({ limit: 7, ...(last !== undefined && { start: `${last}\0` }) })), keys)
    assert.deepEqual(await paged(store, (last) => ({ limit: 7, reverse: true, ...(last !== undefined && { end: last }) })), [...keys].reverse())
  }),
  on('list-own-pages', 'without a limit, or with one beyond all bounds, a page is as long as the store likes, and it says whether there is more', async (store) => {
    const keys = Array.from({ length: 2_500 }, (_, index) => `p/${String(index).padStart(4, '0')}`)
    for (let from = 0; from < keys.length; from += 50) await write(store, ...keys.slice(from, from + 50).map((key) => put(key, '')))
    for (const limit of [undefined, 1_000_000]) {
      assert.deepEqual(await paged(store, (last) => ({ ...(limit !== undefined && { limit }), ...(last !== undefined && { start: `${last}\0` }) })), keys)
    }
  }),
  on('list-pages-one-picture', 'pages read at the revision of the first are of one picture, whatever is written between them', async (store) => {
    await write(store, put('p/1', 'old'), put('p/2', 'old'), put('p/3', 'old'))
    const first = await store.list('p/', { limit: 1 }, never)
    await write(store, put('p/2', 'new'), remove('p/3'), put('p/4', 'new'))
    const rest = await store.list('p/', { start: 'p/1\0', revision: first.revision }, never)
    assert.equal(texts([...first.entries, ...rest.entries]), 'p/1=old p/2=old p/3=old')
  }),
  on('list-revision', 'a list tells the revision it is a picture of, also when there is nothing', async (store) => {
    const { revision } = await store.list('none', {}, never)
    const written = await write(store, put('a'))
    assert.ok(written > revision)
    assert.equal((await store.list('none', {}, never)).revision, written)
  }),
  on('list-past', 'read at an older revision, a list shows what was there then: written, changed and deleted keys alike', async (store) => {
    await write(store, put('a', '1'), put('b', '1'), put('c', '1'), put('d', '1'))
    const { revision } = await store.list('', { limit: 1 }, never)
    await write(store, put('a', '2'), remove('b'), put('bb', '2'))
    await write(store, put('b', '3'), remove('c'), put('a', '3'))
    const past = await store.list('', { revision }, never)
    assert.equal(texts(past.entries), 'a=1 b=1 c=1 d=1')
    assert.equal(past.revision, revision)
    assert.equal(await listed(store, '', { revision, limit: 2, start: 'b' }), 'b c …')
    assert.equal(await listed(store, '', { revision, limit: 3, reverse: true }), 'd c b …')
    assert.equal(texts((await store.list('', {}, never)).entries), 'a=3 b=3 bb=2 d=1')
  }),
  on('list-future', 'a revision that has not been yet is refused', async (store) => {
    const revision = await write(store, put('a'))
    await refused(store.list('', { revision: revision + 1n }, never), 'invalid-argument')
  }),
  on('list-while-writing', 'a list never shows half a commit', async (store) => {
    await write(store, put('a', '0'), put('b', '0'))
    const writing = Promise.all(Array.from({ length: 40 }, (_, index) => write(store, put('a', String(index)), put('b', String(index)))))
    const reading = (async () => {
      for (let round = 0; round < 40; round += 1) {
        const { entries, revision } = await store.list('', {}, never)
        const [a, b] = entries
        assert.deepEqual(a?.value, b?.value)
        assert.ok(entries.every(({ modRevision }) => modRevision <= revision), 'an entry is newer than the list it is in')
      }
    })()
    await settled([reading, writing])
  }),
]

async function paged(store: StateStore, next: (last: string | undefined) => ListOptions): Promise<readonly string[]> {
  const keys: string[] = []
  for (let more = true; more; ) {
    const page = await store.list('p/', next(keys.at(-1)), never)
    assert.ok(page.entries.length > 0, 'a page promised more and there was nothing')
    keys.push(...page.entries.map(({ key }) => key))
    more = page.more
  }
  return keys
}
