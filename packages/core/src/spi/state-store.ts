import type { Adapter } from './ambient.js'

/** Revisions grow with every commit, start above 0 and never repeat in a store's life. */
export type Revision = bigint

export interface StoreEntry {
  readonly key: string
  readonly value: Uint8Array
  /** Revision of the commit that created the key (again, if it was deleted between). */
  readonly createRevision: Revision
  /** Revision of the commit that last wrote it. */
  readonly modRevision: Revision
}

export interface Precondition {
  readonly key: string
  /** The key's modRevision must be this; 0n = the key must not exist. */
  readonly modRevision: Revision
}

export type Mutation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: string }

export interface CommitRequest {
  readonly preconditions: readonly Precondition[]
  /** At least one, each key at most once. Deleting an absent key changes nothing and is not an error. */
  readonly mutations: readonly Mutation[]
}

/** A lost compare-and-set is a value, not an exception. */
export type CommitResult =
  | { readonly committed: true; readonly revision: Revision }
  | { readonly committed: false; readonly failedKeys: readonly string[]; readonly revision: Revision }

export interface ListOptions {
  /** First key (inclusive) and end key (exclusive) within the prefix, in byte order of UTF-8. */
  readonly start?: string
  readonly end?: string
  /** Most entries to return; default and upper bound: the store's own page size. */
  readonly limit?: number
  readonly reverse?: boolean
  /** Read as of this revision; throws `compacted` when that history is gone. Default: now. */
  readonly revision?: Revision
}

export interface ListResult {
  readonly entries: readonly StoreEntry[]
  /** The revision that the entries are a picture of. */
  readonly revision: Revision
  /** Whether entries were left off because of `limit`. */
  readonly more: boolean
}

export type StoreChange =
  | { readonly type: 'put'; readonly entry: StoreEntry }
  | { readonly type: 'delete'; readonly key: string }

export interface WatchBatch {
  /** Every change below the prefix that one commit made; empty = a progress mark: nothing else up to `revision`. */
  readonly changes: readonly StoreChange[]
  readonly revision: Revision
}

export interface StoreCapabilities {
  /** What a resolved commit survives: `none` (memory), `process` (kill -9), `power` (power cut). */
  readonly durable: 'none' | 'process' | 'power'
  /** Whether several masters may open the same data. */
  readonly shared: boolean
  readonly maxValueBytes: number
  readonly maxCommitOperations: number
  readonly maxCommitBytes: number
}

/** Keys are `/`-separated UTF-8 without a leading slash, at most 512 bytes. Every method throws `unavailable` when the backend is away. */
export interface StateStore {
  readonly capabilities: StoreCapabilities
  /** Opens the backend. A second open, or a call on a store that is not open, is `failed-precondition`; an aborted open leaves nothing open. */
  open(signal: AbortSignal): Promise<void>
  /** Ends watches and releases everything; idempotent. */
  close(): Promise<void>
  get(key: string, signal: AbortSignal): Promise<StoreEntry | undefined>
  /** Entries whose key begins with `prefix`, in key order, all as of one revision. */
  list(prefix: string, options: ListOptions, signal: AbortSignal): Promise<ListResult>
  /**
   * All or nothing, the only way to write. `too-large` beyond the limits in capabilities, before anything is written, and
   * `resource-exhausted` while the backend has no room; after `unavailable` it may or may not have been.
   */
  commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult>
  /**
   * Every commit after `after` that touches the prefix, whole, in order, without a gap. Commits elsewhere are answered with a
   * progress mark within a second, so that a reader can tell how far it got. Ends when the signal is aborted or the store closed;
   * throws `compacted` when history after `after` is gone, `unavailable` when the backend is lost. One attempt: core resumes.
   */
  watch(prefix: string, options: { readonly after: Revision }, signal: AbortSignal): AsyncIterable<WatchBatch>
}

export type StateStoreAdapter = Adapter<StateStore>
