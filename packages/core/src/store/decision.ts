import type { Mutation, Precondition, Revision } from '../spi/index.js'
import type { CallOptions } from './deadline.js'
import type { StoreReader } from './store-reader.js'

/** What a decision wants written. No mutations = nothing to do: the result is handed back and nothing is committed. */
export interface Decision<Result> {
  readonly mutations: readonly Mutation[]
  readonly result: Result
  /** What must hold beside the keys that were read with `get`: say so for what came from a list, a view or a generation. */
  readonly preconditions?: readonly Precondition[]
}

/** Reads through `reader` only, and has no effects of its own: it may run several times. */
export type Decide<Result> = (reader: StoreReader) => Promise<Decision<Result>>

export interface Updated<Result> {
  readonly result: Result
  /** Revision of the commit; undefined when there was nothing to write. */
  readonly revision: Revision | undefined
}

export interface UpdateOptions extends CallOptions {
  /** How often to decide before giving up with `conflict`. Default 8. */
  readonly attempts?: number
}
