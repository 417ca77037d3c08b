import type { AdapterContext, CommitRequest, CommitResult, Revision, StoreCapabilities, WatchBatch } from '../spi/index.js'
import type { CallOptions } from './deadline.js'
import type { Decide, Updated, UpdateOptions } from './decision.js'
import type { StoreReader } from './store-reader.js'

/** `cluster/office`: whoever wrote it last is the master in office; its revision is the term. */
export const officeKey = 'cluster/office'

/** The store as core's services use it: every call has a deadline, every write is fenced by the term. Nothing is retried unless asked. */
export interface Store extends StoreReader {
  readonly capabilities: StoreCapabilities
  /** Clock, chance and log, for what works over the store. */
  readonly context: AdapterContext
  /** The term that every commit of this store depends on; undefined = not in office, commits are unfenced. */
  readonly term: Revision | undefined
  /**
   * All or nothing. A lost compare-and-set is the value `{ committed: false, failedKeys }`. Throws `failed-precondition`
   * (`details.reason: 'term-lost'`) once another master took office; after `deadline-exceeded` or `unavailable` the outcome is unknown.
   */
  commit(request: Pick<CommitRequest, 'mutations'> & Partial<CommitRequest>, options?: CallOptions): Promise<CommitResult>
  /**
   * Reads, decides, commits; again from the start when what was read has changed meanwhile. The second attempt follows at
   * once, later ones after a jittered pause. Throws `conflict`, naming the keys, when `attempts` were not enough.
   */
  update<Result>(decide: Decide<Result>, options?: UpdateOptions): Promise<Updated<Result>>
  /** One attempt of the port's watch; {@link follow} is what survives losses. */
  watch(prefix: string, options: { readonly after: Revision; readonly signal: AbortSignal }): AsyncIterable<WatchBatch>
  /** The same store with every commit fenced by `term`. */
  inOffice(term: Revision): Store
}
