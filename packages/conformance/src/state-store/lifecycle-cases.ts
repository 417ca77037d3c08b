import assert from 'node:assert/strict'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { opened, put, refused, remove, soon, valueOf, Watcher, write, type StateStoreSubject } from './state-store-subject.js'

type Run = (subject: StateStoreSubject) => Promise<void>
const on = (id: string, title: string, run: Run): ConformanceCase<StateStoreSubject> => ({ id: `store/${id}`, title, run })

export const lifecycleCases: readonly ConformanceCase<StateStoreSubject>[] = [
  on('capabilities', 'capabilities tell limits that fit together', (subject) => opened(subject, async ({ capabilities }) => {
    assert.ok(['none', 'process', 'power'].includes(capabilities.durable), 'durable is one of none, process and power')
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
    const calls: readonly (() => Promise<unknown>)[] = [
      () => store.get('a', never),
      () => store.list('', {}, never),
      () => store.commit({ preconditions: [], mutations: [put('a')] }, never),
      () => new Watcher(store, '', 0n).next(),
    ]
    for (const call of calls) await refused(call(), 'failed-precondition')
    await store.open(never)
    await store.close()
    for (const call of calls) await refused(call(), 'failed-precondition')
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
  on('close-settles', 'calls that are on their way when the store is closed come to an end, and a commit among them happened if it says so', async (subject) => {
    const outcomes: (readonly [string, Promise<boolean>])[] = []
    await opened(subject, async (store) => {
      for (const key of ['a', 'b', 'c']) outcomes.push([key, store.commit({ preconditions: [], mutations: [put(key)] }, never).then(({ committed }) => committed, () => false)])
      const questions = [store.get('a', never), store.list('', {}, never)].map((question) => question.catch(() => undefined))
      await soon(store.close(), 'the close of a store that is being asked')
      await soon(Promise.all([...questions, ...outcomes.map(([, outcome]) => outcome)]), 'the end of what was asked before the close')
    })
    await opened(subject, async (store) => {
      for (const [key, outcome] of outcomes) if (await outcome) assert.equal(await valueOf(store, key), key)
    })
  }),
]
