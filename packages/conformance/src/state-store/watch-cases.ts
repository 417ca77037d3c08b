import assert from 'node:assert/strict'
import { PiccoloError, type Revision, type StateStore } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { now, opened, put, refused, remove, soon, Watcher, write, type StateStoreSubject } from './state-store-subject.js'

const on = (id: string, title: string, run: (store: StateStore, start: Revision) => Promise<void>): ConformanceCase<StateStoreSubject> => ({
  id: `store/${id}`,
  title,
  run: (subject) => opened(subject, async (store) => run(store, await now(store))),
})

export const watchCases: readonly ConformanceCase<StateStoreSubject>[] = [
  on('watch-whole-commits', 'a watch delivers each commit that touches the prefix, whole and in order, and nothing of others', async (store, start) => {
    const watcher = new Watcher(store, 'a/', start)
    const first = await write(store, put('a/1', 'x'), put('a/2', 'x'), put('b/1'))
    await write(store, put('b/2'))
    const third = await write(store, put('a/2', 'y'), remove('a/1'))
    assert.deepEqual(await watcher.take(2), [`${first}: +a/1=x +a/2=x`, `${third}: +a/2=y -a/1`])
    await watcher.end()
  }),
  on('watch-resumes', 'a watch after a revision begins with the very next commit', async (store) => {
    const revisions: Revision[] = []
    for (const key of ['a', 'b', 'c', 'd']) revisions.push(await write(store, put(key)))
    const watcher = new Watcher(store, '', revisions[1] ?? 0n)
    assert.deepEqual(await watcher.take(2), [`${revisions[2]}: +c=c`, `${revisions[3]}: +d=d`])
    const fifth = await write(store, put('e'))
    assert.deepEqual(await watcher.take(1), [`${fifth}: +e=e`])
    await watcher.end()
  }),
  on('watch-entries', 'a watch tells createRevision as a get does', async (store) => {
    const created = await write(store, put('a', '1'))
    const changed = await write(store, put('a', '2'))
    const watcher = new Watcher(store, '', created)
    const batch = await watcher.next()
    assert.deepEqual(batch?.changes.map((change) => change.type === 'put' && [change.entry.createRevision, change.entry.modRevision]), [[created, changed]])
    await watcher.end()
  }),
  on('watch-slow-reader', 'a watch that is not read for a long time misses nothing', async (store, start) => {
    const watcher = new Watcher(store, '', start)
    const expected: string[] = []
    for (let index = 0; index < 300; index += 1) expected.push(`${await write(store, put('a', String(index)))}: +a=${index}`)
    assert.deepEqual(await watcher.take(300), expected)
    await watcher.end()
  }),
  on('watch-two', 'two watches each get everything', async (store, start) => {
    const watchers = [new Watcher(store, '', start), new Watcher(store, 'a', start)]
    const waiting = watchers.map((watcher) => watcher.take(2))
    const revisions = [await write(store, put('a')), await write(store, remove('a'))]
    const expected = [`${revisions[0]}: +a=a`, `${revisions[1]}: -a`]
    for (const taken of waiting) assert.deepEqual(await taken, expected)
    for (const watcher of watchers) await watcher.end()
  }),
  on('watch-progress', 'a commit elsewhere is answered with a progress mark', async (store, start) => {
    const watcher = new Watcher(store, 'a/', start)
    const revision = await write(store, put('b/1'))
    for (let reached = 0n; reached < revision; ) {
      const batch = await watcher.next()
      assert.deepEqual(batch?.changes, [])
      reached = batch?.revision ?? 0n
    }
    await watcher.end()
  }),
  on('watch-lost-commit', 'a commit that was lost, or deleted what was absent, is not told', async (store, start) => {
    await store.commit({ preconditions: [{ key: 'a', modRevision: 9n }], mutations: [put('a')] }, never)
    await write(store, remove('a'))
    const revision = await write(store, put('a'))
    const watcher = new Watcher(store, '', start)
    assert.deepEqual(await watcher.take(1), [`${revision}: +a=a`])
    await watcher.end()
  }),
  on('watch-abort', 'aborting ends a watch that is waiting, and one that has not begun', async (store, start) => {
    const watcher = new Watcher(store, '', start)
    const waiting = watcher.next()
    await watcher.end()
    assert.equal(await waiting, undefined)
    const aborted = store.watch('', { after: start }, AbortSignal.abort())[Symbol.asyncIterator]()
    assert.equal((await soon(aborted.next(), 'the end of an aborted watch')).done, true)
  }),
  on('watch-close', 'closing the store ends its watches', async (store, start) => {
    const watcher = new Watcher(store, '', start)
    const waiting = watcher.next()
    await store.close()
    assert.equal(await waiting, undefined)
  }),
  {
    id: 'store/history-whole-or-compacted',
    title: 'old history is there without a gap, or the reader is told that it is compacted',
    run: (subject) => opened(subject, async (store) => {
      const start = await now(store)
      const revisions = await history(store)
      const outcome = await new Watcher(store, '', start).take(20).catch((error: unknown) => error)
      if (outcome instanceof Error) assert.ok(PiccoloError.is(outcome, 'compacted'), `expected compacted, got ${String(outcome)}`)
      else assert.deepEqual(outcome, revisions.map((revision, index) => `${revision}: +a=${index}`))
    }),
  },
  {
    id: 'store/compacted-is-told',
    title: 'a watch or a list of history that is gone is told `compacted`; what is newer is there to the last commit',
    given: { what: 'a way to compact', holds: ({ compact }) => compact !== undefined },
    run: (subject) => opened(subject, async (store) => {
      const start = await now(store)
      const revisions = await history(store)
      const compactedTo = revisions[9] ?? 0n
      await subject.compact?.(store, compactedTo)
      await refused(new Watcher(store, '', start).next(), 'compacted')
      await refused(store.list('', { revision: revisions[8] ?? 0n }, never), 'compacted')
      assert.equal((await store.list('', { revision: compactedTo }, never)).entries[0]?.modRevision, compactedTo)
      const kept = new Watcher(store, '', compactedTo)
      assert.deepEqual(await kept.take(10), revisions.slice(10).map((revision, index) => `${revision}: +a=${index + 10}`))
      await kept.end()
    }),
  },
  {
    id: 'store/unavailable',
    title: 'while the backend is away every call is `unavailable`, and a watch ends in that; afterwards a new one goes on without a gap',
    given: { what: 'a way to lose the backend', holds: ({ loseBackend }) => loseBackend !== undefined },
    run: (subject) => opened(subject, async (store) => {
      const watcher = new Watcher(store, '', await now(store))
      const first = await write(store, put('a', '1'))
      assert.deepEqual(await watcher.take(1), [`${first}: +a=1`])
      const ended = refused(watcher.next(), 'unavailable')
      const restore = await subject.loseBackend?.()
      await ended
      await refused(store.get('a', never), 'unavailable')
      await refused(store.list('', {}, never), 'unavailable')
      await refused(store.commit({ preconditions: [], mutations: [put('b')] }, never), 'unavailable')
      await refused(new Watcher(store, '', first).next(), 'unavailable')
      await restore?.()
      const second = await write(store, put('a', '2'))
      const again = new Watcher(store, 'a', first)
      assert.deepEqual(await again.take(1), [`${second}: +a=2`])
      await again.end()
    }),
  },
]

/** Twenty commits; their revisions. */
async function history(store: StateStore): Promise<readonly Revision[]> {
  const revisions: Revision[] = []
  for (let index = 0; index < 20; index += 1) revisions.push(await write(store, put('a', String(index))))
  return revisions
}
