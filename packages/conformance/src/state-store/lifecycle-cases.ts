import assert from 'node:assert/strict'
import type { ConformanceCase } from '../suite.js'
import { keysOf, never, opened, put, refused, remove, soon, valueOf, Watcher, write, type StateStoreSubject } from './state-store-subject.js'

type Run = (subject: StateStoreSubject) => Promise<void>
const on = (id: string, title: string, run: Run): ConformanceCase<StateStoreSubject> => ({ id: `store/${id}`, title, run })

export const lifecycleCases: readonly ConformanceCase<StateStoreSubject>[] = [
  on('capabilities', 'capabilities tell limits that fit together', (subject) => opened(subject, async ({ capabilities }) => {
    assert.ok(capabilities.maxValueBytes >= 64 * 1024, 'values of 64 KiB must fit')
    assert.ok(capabilities.maxCommitBytes >= capabilities.maxValueBytes, 'a value of the largest size must fit in a commit')
    assert.ok(capabilities.maxCommitOperations >= 64, '64 operations must fit in a commit')
  })),
  on('second-open', 'a second open is refused and does no harm', (subject) => opened(subject, async (store) => {
    await write(store, put('a'))
    await refused(store.open(never), 'failed-precondition')
    assert.equal(await valueOf(store, 'a'), 'a')
  })),
  on('sharing', 'a second store over the same data is refused, or sees the same where the store is shared', (subject) => opened(subject, async (store) => {
    await write(store, put('a'))
    const other = subject.create()
    try {
      if (store.capabilities.shared) {
        await other.open(never)
        await write(other, put('a', 'theirs'))
        assert.equal(await valueOf(store, 'a'), 'theirs')
      } else {
        await refused(other.open(never), 'failed-precondition')
        assert.equal(await valueOf(store, 'a'), 'a')
      }
    } finally {
      await other.close()
    }
  })),
  on('not-open', 'calls on a store that is not open, or closed, are refused', async (subject) => {
    const store = subject.create()
    const calls = (): Promise<unknown>[] => [
      store.get('a', never),
      store.list('', {}, never),
      store.commit({ preconditions: [], mutations: [put('a')] }, never),
      new Watcher(store, '', 0n).next(),
    ]
    for (const call of calls()) await refused(call, 'failed-precondition')
    await store.open(never)
    await store.close()
    for (const call of calls()) await refused(call, 'failed-precondition')
  }),
  on('close-twice', 'closing twice, or without having opened, is no error', async (subject) => {
    const unopened = subject.create()
    await unopened.close()
    const store = subject.create()
    await store.open(never)
    await Promise.all([store.close(), store.close()])
    await store.close()
  }),
  on('reopen', 'a store opened again finds what was there, down to the revisions, and goes on above them', async (subject) => {
    const before: unknown[] = []
    let last = 0n
    await opened(subject, async (store) => {
      await write(store, put('a', '1'), put('b'))
      await write(store, put('a', '2'))
      last = await write(store, remove('b'))
      before.push(...(await store.list('', {}, never)).entries)
    })
    await opened(subject, async (store) => {
      const { entries, revision } = await store.list('', {}, never)
      assert.deepEqual(entries, before)
      assert.equal(revision, last)
      assert.ok((await write(store, put('c'))) > last, 'a revision came twice')
    })
  }),
  on('reopen-watch', 'a watch after a reopen resumes where the one before it was', async (subject) => {
    let first = 0n
    let second = 0n
    await opened(subject, async (store) => {
      first = await write(store, put('a', '1'))
      second = await write(store, put('a', '2'))
    })
    await opened(subject, async (store) => {
      const watcher = new Watcher(store, '', first)
      const third = await write(store, put('a', '3'))
      assert.deepEqual(await watcher.take(2), [`${second}: +a=2`, `${third}: +a=3`])
      await watcher.end()
    })
  }),
  on('aborted-calls', 'an aborted get, list or commit is told so and has no effect', (subject) => opened(subject, async (store) => {
    const aborted = AbortSignal.abort()
    await refused(store.get('a', aborted), 'aborted')
    await refused(store.list('', {}, aborted), 'aborted')
    await refused(store.commit({ preconditions: [], mutations: [put('a')] }, aborted), 'aborted')
    assert.deepEqual(await keysOf(store), [])
  })),
  on('abort-midway', 'a commit aborted on its way either happened, and says so, or did not', (subject) => opened(subject, async (store) => {
    for (let index = 0; index < 20; index += 1) {
      const abort = new AbortController()
      const key = `k${index}`
      const others = Promise.all([write(store, put('other')), write(store, put('another'))])
      const commit = store.commit({ preconditions: [], mutations: [put(key)] }, abort.signal).then(({ committed }) => committed, () => false)
      if (index % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
      abort.abort()
      const committed = await soon(commit, 'the end of an aborted commit')
      await others
      assert.equal((await store.get(key, never)) !== undefined, committed)
    }
  })),
  on('aborted-open', 'an aborted open leaves nothing open behind', async (subject) => {
    const store = subject.create()
    await refused(store.open(AbortSignal.abort()), 'aborted')
    const abort = new AbortController()
    const midway = subject.create()
    const opening = midway.open(abort.signal).then(() => midway.close(), () => undefined)
    abort.abort()
    await soon(opening, 'the end of an aborted open')
    await opened(subject, async (other) => {
      assert.ok((await write(other, put('a'))) > 0n)
    })
  }),
]
