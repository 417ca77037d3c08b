import { stateStoreSuite, type StateStoreSubject } from '@piccolo/conformance'
import { PiccoloError, throwIfAborted, type CommitRequest, type CommitResult, type ListOptions, type StateStore, type WatchBatch } from '@piccolo/core/spi'
import { memoryBackend, memoryStore, type MemoryBackend } from '@piccolo/testing'
import { abortMutants, changed, context, never, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: StateStore, backend: MemoryBackend) => Partial<StateStore>
type Watch = StateStore['watch']

function bed(change: Change): StateStoreSubject {
  const backend = memoryBackend()
  return {
    create: () => {
      const real = memoryStore({ backend })(context())
      return changed(real, change(real, backend))
    },
    compact: async (_, revision) => { backend.compact(revision) },
    loseBackend: async () => {
      backend.unavailable = true
      return async () => { backend.unavailable = false }
    },
  }
}

const broken = (killedBy: string, name: string, change: Change): Mutant<StateStoreSubject> => ({ killedBy, name, provide: subjectOf(() => bed(change)) })
const method = (name: keyof StateStore) => (alter: Alter) => subjectOf(() => bed((real) => alter(real, name)))
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A commit in other words. */
const commits = (change: (request: CommitRequest, real: StateStore, signal: AbortSignal) => Promise<CommitResult>): Change =>
  (real) => ({ commit: (request, signal) => change(request, real, signal) })
/** Every batch of a watch in other words. */
const batches = (change: (batch: WatchBatch) => readonly WatchBatch[]): Change => (real) => ({
  async *watch(...args: Parameters<Watch>) {
    for await (const batch of real.watch(...args)) yield* change(batch)
  },
})
const lists = (options: (given: ListOptions) => ListOptions): Change => (real) => ({ list: (prefix, given, signal) => real.list(prefix, options(given), signal) })

async function oneByOne({ preconditions, mutations }: CommitRequest, real: StateStore, signal: AbortSignal): Promise<CommitResult> {
  let result: CommitResult = { committed: true, revision: 0n }
  for (const mutation of mutations) {
    result = await real.commit({ preconditions, mutations: [mutation] }, signal)
    await pause()
  }
  return result
}

const lifecycle: readonly Mutant<StateStoreSubject>[] = [
  broken('store/capabilities', 'takes no commit as large as its values', (real) => ({ capabilities: { ...real.capabilities, maxCommitBytes: 1 } })),
  broken('store/second-open', 'opens as often as it is told', (real) => {
    let isOpen = false
    return { open: async (signal) => { if (!isOpen) await real.open(signal); isOpen = true } }
  }),
  { killedBy: 'store/sharing', name: 'says that it is shared, and gives each its own', provide: subjectOf(() => ({ create: () => memoryStore()(context()) })) },
  { killedBy: 'store/reopen', name: 'forgets everything when it is closed', provide: subjectOf(() => ({ create: () => memoryStore()(context()) })) },
  broken('store/not-open', 'finds nothing while it is closed', (real) => ({ get: (key, signal) => real.get(key, signal).catch(() => undefined) })),
  broken('store/close-twice', 'can be closed once', (real) => {
    let isClosed = false
    return { close: () => { if (isClosed) return Promise.reject(new PiccoloError('failed-precondition', 'closed already')); isClosed = true; return real.close() } }
  }),
  broken('store/reopen-watch', 'tells a watch nothing of the time before it was opened', (real, backend) => {
    let openedAt = 0n
    return {
      open: async (signal) => { await real.open(signal); openedAt = backend.revision },
      watch: (prefix, { after }, signal) => real.watch(prefix, { after: after > openedAt ? after : openedAt }, signal),
    }
  }),
  broken('store/close-settles', 'says that it committed before it did', commits(async (request, real, signal) => {
    setTimeout(() => void real.commit(request, signal).catch(() => undefined), 10)
    return { committed: true, revision: 1n }
  })),
  ...abortMutants({ 'store/aborted-get': method('get'), 'store/aborted-list': method('list'), 'store/aborted-commit': method('commit') }),
  { killedBy: 'store/aborted-open', name: 'opens although it was aborted', provide: subjectOf(() => bed((real) => ({ open: () => real.open(never) }))) },
  broken('store/abort-midway', 'says that it was aborted, and has committed', commits(async (request, real, signal) => {
    const result = await real.commit(request, never)
    throwIfAborted(signal)
    return result
  })),
]

const committing: readonly Mutant<StateStoreSubject>[] = [
  broken('store/commit-is-whole', 'writes a commit in pieces', commits(oneByOne)),
  broken('store/revisions-grow', 'counts no commits', commits(async (request, real, signal) => ({ ...(await real.commit(request, signal)), revision: 1n }))),
  broken('store/absent-precondition', 'takes 0 for "whatever"', commits((request, real, signal) =>
    real.commit({ ...request, preconditions: request.preconditions.filter(({ modRevision }) => modRevision !== 0n) }, signal))),
  broken('store/revision-precondition', 'looks only at keys that it writes', commits((request, real, signal) =>
    real.commit({ ...request, preconditions: request.preconditions.filter(({ key }) => request.mutations.some((mutation) => mutation.key === key)) }, signal))),
  broken('store/lost-commit-changes-nothing', 'blames every precondition', commits(async (request, real, signal) => {
    const result = await real.commit(request, signal)
    return result.committed ? result : { ...result, failedKeys: request.preconditions.map(({ key }) => key) }
  })),
  broken('store/one-of-many-wins', 'looks first and writes later', commits(async ({ preconditions, mutations }, real, signal) => {
    for (const { key, modRevision } of preconditions) {
      if (((await real.get(key, signal))?.modRevision ?? 0n) !== modRevision) return { committed: false, failedKeys: [key], revision: 0n }
    }
    await pause()
    return real.commit({ preconditions: [], mutations }, signal)
  })),
  broken('store/many-at-once', 'takes one commit at a time and drops the others', (real, backend) => {
    let isBusy = false
    return {
      commit: async (request, signal) => {
        if (isBusy) return { committed: true, revision: backend.revision + 1n }
        isBusy = true
        try {
          return await real.commit(request, signal)
        } finally {
          isBusy = false
        }
      },
    }
  }),
  broken('store/create-revision', 'takes a change for a beginning', (real) => ({
    get: async (key, signal) => {
      const entry = await real.get(key, signal)
      return entry && { ...entry, createRevision: entry.modRevision }
    },
  })),
  broken('store/delete-absent', 'will not delete what is not there', commits(async (request, real, signal) => {
    for (const { type, key } of request.mutations) if (type === 'delete' && (await real.get(key, signal)) === undefined) throw new PiccoloError('not-found', key)
    return real.commit(request, signal)
  })),
  broken('store/any-bytes', 'takes values for text', commits((request, real, signal) => real.commit({
    ...request, mutations: request.mutations.map((mutation) => mutation.type === 'put' ? { ...mutation, value: new TextEncoder().encode(new TextDecoder().decode(mutation.value)) } : mutation),
  }, signal))),
  broken('store/own-copy', 'reads the bytes when it comes to it', commits(async (request, real, signal) => {
    await pause()
    return real.commit(request, signal)
  })),
  broken('store/unfit-request', 'is content with any request', commits((request, real, signal) => real.commit(request, signal).catch((error: unknown) => {
    if (!PiccoloError.is(error, 'invalid-argument')) throw error
    return { committed: true, revision: 1n }
  }))),
  broken('store/long-key', 'has room for 255 bytes of a key', commits((request, real, signal) =>
    request.mutations.some(({ key }) => Buffer.byteLength(key) > 255) ? Promise.reject(new PiccoloError('invalid-argument', 'too long')) : real.commit(request, signal))),
  broken('store/value-limit', 'takes larger values than it tells', (real) => ({ capabilities: { ...real.capabilities, maxValueBytes: 64 * 1024 } })),
  broken('store/operation-limit', 'takes more operations than it tells', (real) => ({ capabilities: { ...real.capabilities, maxCommitOperations: 64 } })),
  broken('store/size-limit', 'takes larger commits than it tells', (real) => ({ capabilities: { ...real.capabilities, maxCommitBytes: real.capabilities.maxValueBytes } })),
]

const listing: readonly Mutant<StateStoreSubject>[] = [
  broken('store/list-prefix', 'takes a prefix for a folder', (real) => ({
    list: async (prefix, options, signal) => {
      const result = await real.list(prefix, options, signal)
      return { ...result, entries: result.entries.filter(({ key }) => prefix === '' || key === prefix || key.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)) }
    },
  })),
  broken('store/list-order', 'sorts as people do', (real) => ({
    list: async (...args) => {
      const result = await real.list(...args)
      return { ...result, entries: [...result.entries].sort((a, b) => a.key.localeCompare(b.key)) }
    },
  })),
  broken('store/list-order', 'sorts as JavaScript does', (real) => ({
    list: async (...args) => {
      const result = await real.list(...args)
      return { ...result, entries: [...result.entries].sort((a, b) => (a.key < b.key ? -1 : 1)) }
    },
  })),
  broken('store/list-range', 'takes the end for the last', lists(({ end, ...given }) => ({ ...given, ...(end !== undefined && { end: `${end}\0` }) }))),
  broken('store/list-limit', 'never says that there is more', (real) => ({ list: async (...args) => ({ ...(await real.list(...args)), more: false }) })),
  broken('store/list-pages', 'leaves one out between pages', (real) => ({
    list: async (prefix, options, signal) => {
      const result = await real.list(prefix, options, signal)
      return options.start === undefined ? result : { ...result, entries: result.entries.slice(1) }
    },
  })),
  broken('store/list-own-pages', 'gives a page for everything', (real) => ({
    list: async (prefix, options, signal) => ({ ...(await real.list(prefix, options, signal)), ...(options.limit === undefined && { more: false }) }),
  })),
  broken('store/list-pages-one-picture', 'goes on with what is there by then', lists(({ revision, ...given }) => ({ ...given, ...(given.start === undefined && revision !== undefined && { revision }) }))),
  broken('store/list-revision', 'tells the revision of what it found', (real) => ({
    list: async (...args) => {
      const { entries, more } = await real.list(...args)
      return { entries, more, revision: entries.map(({ modRevision }) => modRevision).reduce((a, b) => (a > b ? a : b), 0n) }
    },
  })),
  broken('store/list-past', 'knows the present only', (real) => ({
    list: async (prefix, { revision, ...options }, signal) => ({ ...(await real.list(prefix, options, signal)), ...(revision !== undefined && { revision }) }),
  })),
  broken('store/list-future', 'takes the future for the present', (real, backend) => ({
    list: (prefix, { revision, ...options }, signal) => real.list(prefix, { ...options, ...(revision !== undefined && revision <= backend.revision && { revision }) }, signal),
  })),
  broken('store/list-while-writing', 'lets a reader see half a commit', commits(oneByOne)),
]

const watching: readonly Mutant<StateStoreSubject>[] = [
  broken('store/watch-whole-commits', 'tells change by change', batches(({ changes, revision }) => changes.map((change) => ({ changes: [change], revision })))),
  broken('store/watch-resumes', 'tells what the reader has already', (real) => ({ watch: (prefix, { after }, signal) => real.watch(prefix, { after: after === 0n ? after : after - 1n }, signal) })),
  broken('store/watch-entries', 'takes every change for a beginning', batches((batch) => [{
    ...batch, changes: batch.changes.map((change) => change.type === 'put' ? { ...change, entry: { ...change.entry, createRevision: change.entry.modRevision } } : change),
  }])),
  broken('store/watch-slow-reader', 'keeps a hundred commits for a reader', (real, backend) => ({
    async *watch(prefix, { after }, signal) {
      for (let position = after; !signal.aborted; ) {
        await pause()
        if (backend.revision - position > 100n) position = backend.revision - 100n
        for await (const batch of real.watch(prefix, { after: position }, signal)) {
          position = batch.revision
          yield batch
          break
        }
      }
    },
  })),
  broken('store/watch-two', 'serves one watch at a time', (real) => {
    let current = new AbortController()
    return {
      watch: (prefix, options, signal) => {
        current.abort()
        current = new AbortController()
        return real.watch(prefix, options, AbortSignal.any([signal, current.signal]))
      },
    }
  }),
  broken('store/watch-progress', 'says nothing of what happens elsewhere', batches((batch) => (batch.changes.length > 0 ? [batch] : []))),
  broken('store/watch-lost-commit', 'tells of a deletion that changed nothing', commits(async (request, real, signal) => {
    for (const { type, key } of request.mutations) {
      if (type === 'delete' && (await real.get(key, signal)) === undefined) await real.commit({ preconditions: [], mutations: [{ type: 'put', key, value: new Uint8Array() }] }, signal)
    }
    return real.commit(request, signal)
  })),
  broken('store/watch-abort', 'takes an abort for a failure', (real) => ({
    async *watch(prefix, options, signal) {
      yield* real.watch(prefix, options, signal)
      throwIfAborted(signal)
    },
  })),
  broken('store/watch-close', 'takes its own close for a loss', (real) => ({
    async *watch(prefix, options, signal) {
      yield* real.watch(prefix, options, signal)
      if (!signal.aborted) throw new PiccoloError('unavailable', 'closed')
    },
  })),
  broken('store/history-whole-or-compacted', 'begins with what is left', (real, backend) => ({
    watch: (prefix, { after }, signal) => real.watch(prefix, { after: after < backend.revision - 5n ? backend.revision - 5n : after }, signal),
  })),
  broken('store/compacted-is-told', 'shows what is left of an old revision', (real) => ({
    list: (prefix, { revision, ...options }, signal) => real.list(prefix, { ...options, ...(revision !== undefined && { revision }) }, signal).catch((error: unknown) => {
      if (!PiccoloError.is(error, 'compacted')) throw error
      return real.list(prefix, options, signal)
    }),
  })),
  broken('store/unavailable', 'finds nothing while its backend is away', (real) => ({ get: (key, signal) => real.get(key, signal).catch(() => undefined) })),
]

export const stateStoreWalk: Walk<StateStoreSubject> = {
  suite: stateStoreSuite,
  original: subjectOf(() => bed(() => ({}))),
  mutants: [...lifecycle, ...committing, ...listing, ...watching],
}
