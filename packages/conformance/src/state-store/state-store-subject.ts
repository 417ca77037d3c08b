import assert from 'node:assert/strict'
import type { CommitResult, ErrorCode, Mutation, Revision, StateStore, WatchBatch } from '@piccolo/core/spi'
import { bytes, textOf } from '../kit/bytes.js'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import { later, within } from '../kit/within.js'

/** What the state-store suite is run on: one set of data, fresh for each case. */
export interface StateStoreSubject {
  /** A store over this subject's data, not yet open. Made again after the one before was closed, it finds what that one wrote. */
  create(): StateStore
  /** Makes the history up to `revision` be gone, where there is a way to ask for it. */
  compact?(store: StateStore, revision: Revision): Promise<void>
  /** Takes the backend away from open stores, where a test can do that; the returned function brings it back. */
  loseBackend?(): Promise<() => Promise<void>>
}

/** Opens a store for one case and closes it whatever happens. */
export async function opened(subject: StateStoreSubject, run: (store: StateStore) => Promise<void>): Promise<void> {
  const store = subject.create()
  try {
    await store.open(never)
    await run(store)
  } finally {
    await store.close()
  }
}

export function put(key: string, value: string | Uint8Array = key): Mutation {
  return { type: 'put', key, value: typeof value === 'string' ? bytes(value) : value }
}

export function remove(key: string): Mutation {
  return { type: 'delete', key }
}

/** A commit that must succeed; its revision. */
export async function write(store: StateStore, ...mutations: readonly Mutation[]): Promise<Revision> {
  const result: CommitResult = await store.commit({ preconditions: [], mutations }, never)
  assert.equal(result.committed, true, 'a commit without preconditions was lost')
  return result.revision
}

/** The revision before which nothing of a case has happened. */
export async function now(store: StateStore): Promise<Revision> {
  return (await store.list('', { limit: 1 }, never)).revision
}

export async function keysOf(store: StateStore, prefix = ''): Promise<readonly string[]> {
  return (await store.list(prefix, {}, never)).entries.map(({ key }) => key)
}

export async function valueOf(store: StateStore, key: string): Promise<string | undefined> {
  const entry = await store.get(key, never)
  return entry && textOf(entry.value)
}

export function refused(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<unknown> {
  return later(refuses(codes, () => soon(promise, `a refusal with ${codes.join(' or ')}`)))
}

/** The promise's value, or a failure that says what did not come. */
export function soon<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  return later(within({}, what, promise))
}

/** A watch that is read by hand. */
export class Watcher {
  readonly #abort = new AbortController()
  readonly #batches: AsyncIterator<WatchBatch>

  constructor(store: StateStore, prefix: string, after: Revision) {
    this.#batches = store.watch(prefix, { after }, this.#abort.signal)[Symbol.asyncIterator]()
  }

  /** The next batch as it comes; undefined = the watch ended. */
  next(): Promise<WatchBatch | undefined> {
    return soon(this.#batches.next().then((result) => (result.done === true ? undefined : result.value)), 'the next batch of a watch')
  }

  /** The next batches with changes, each as `revision: +key=value -key`, keys in order. */
  take(count: number): Promise<readonly string[]> {
    return later(this.#take(count))
  }

  /** Ends the watch; resolves once it has ended. */
  async end(): Promise<void> {
    this.#abort.abort()
    while ((await this.next()) !== undefined) continue
  }

  async #take(count: number): Promise<readonly string[]> {
    const taken: string[] = []
    while (taken.length < count) {
      const batch = await this.next()
      assert.ok(batch, `the watch ended after ${taken.length} of ${count} commits`)
      if (batch.changes.length > 0) taken.push(described(batch))
    }
    return taken
  }
}

function described({ revision, changes }: WatchBatch): string {
  const texts = changes.map((change) => {
    if (change.type === 'delete') return `-${change.key}`
    assert.equal(change.entry.modRevision, revision, 'an entry came with a revision that is not its commit’s')
    return `+${change.entry.key}=${textOf(change.entry.value)}`
  })
  return `${revision}: ${texts.sort().join(' ')}`
}
