import assert from 'node:assert/strict'
import type { StateStore } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { keysOf, opened, put, refused, soon, write, type StateStoreSubject } from './state-store-subject.js'

const nothingWritten = async (store: StateStore): Promise<void> => { assert.deepEqual(await keysOf(store), []) }

const calls = abortCases<StateStore, StateStoreSubject>({
  prefix: 'store',
  enter: opened,
  rows: [
    { method: 'get', call: (store, signal) => store.get('a', signal) },
    { method: 'list', call: (store, signal) => store.list('', {}, signal) },
    { method: 'commit', call: (store, signal) => store.commit({ preconditions: [], mutations: [put('a')] }, signal), untouched: nothingWritten },
  ],
})

const open: ConformanceCase<StateStoreSubject> = {
  id: 'store/aborted-open',
  title: 'an aborted open, before or on its way, leaves nothing open behind',
  async run(subject) {
    const store = subject.create()
    await refused(store.open(AbortSignal.abort()), 'aborted')
    await refused(store.get('a', never), 'failed-precondition')
    const controller = new AbortController()
    const midway = subject.create()
    const opening = midway.open(controller.signal).then(() => midway.close(), () => undefined)
    controller.abort()
    await soon(opening, 'the end of an aborted open')
    await opened(subject, async (other) => { assert.ok((await write(other, put('a'))) > 0n) })
  },
}

const commitMidway: ConformanceCase<StateStoreSubject> = {
  id: 'store/abort-midway',
  title: 'a commit aborted on its way either happened, and says so, or did not',
  run: (subject) => opened(subject, async (store) => {
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
  }),
}

/** What aborting does, method by method. A watch's is among the watch's. */
export const storeAbortCases: readonly ConformanceCase<StateStoreSubject>[] = [open, ...calls, commitMidway]
