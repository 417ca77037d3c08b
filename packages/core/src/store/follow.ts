import { PiccoloError, throwIfAborted } from '../errors/index.js'
import type { Revision } from '../spi/index.js'
import type { FollowOptions } from './follow-options.js'
import { Follower } from './follower.js'
import type { Store } from './store.js'
import type { Stored, Table } from './table.js'

export interface Following<Value> {
  /** As of `revision`; empty before the first snapshot. */
  readonly view: ReadonlyMap<string, Stored<Value>>
  /** Everything up to here is in the view and was handled by `onChange`. 0n before the first snapshot. */
  readonly revision: Revision
  /**
   * Resolves once the first snapshot, and everything up to `revision`, was handled: reading one's own writes. Rejects with
   * `aborted`, or with the error that ended the following. Never await it inside `onChange`.
   */
  caughtUpTo(revision: Revision, signal?: AbortSignal): Promise<void>
  /** Resolves when the signal ended it; rejects with the error that did. Whoever started it must await this. */
  readonly ended: Promise<void>
}

/**
 * Follows a table: lists it, then watches it from there. What a watch can meet is met here: compacted history leads to a new
 * list and the difference, a lost backend to new attempts after a jittered pause (0.1 s doubling to 5 s), always from the
 * last revision handled. So no change goes missing and none is told twice. Nothing is queued: while `onChange` runs, nothing is read.
 */
export function follow<Value>(store: Store, table: Table<Value>, options: FollowOptions<Value>): Following<Value> {
  const follower = new Follower(store, table, options)
  const waiting = new Set<() => void>()
  // Each wakes for its own revision only: of many who wait, most wait for a later one.
  const wake = (): void => {
    for (const check of waiting) check()
  }
  let end: { readonly error: unknown } | undefined
  const ended = follower.run(wake).then(
    () => {
      end = { error: new PiccoloError('aborted', 'The following was ended.') }
    },
    (error: unknown) => {
      end = { error }
      throw error
    },
  ).finally(wake)

  const reached = (revision: Revision): boolean => follower.handled !== undefined && follower.handled >= revision
  return {
    view: follower.view,
    get revision() {
      return follower.handled ?? 0n
    },
    ended,
    async caughtUpTo(revision, signal) {
      if (!reached(revision)) await until(() => reached(revision) || end !== undefined, waiting, signal)
      if (reached(revision)) return
      throwIfAborted(signal)
      if (end !== undefined) throw end.error
    },
  }
}

/** Resolves on the first wake at which `isOver`, or when the signal is aborted. */
async function until(isOver: () => boolean, waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  if (isOver() || signal?.aborted === true) return
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (!isOver() && signal?.aborted !== true) return
      waiting.delete(check)
      signal?.removeEventListener('abort', check)
      resolve()
    }
    waiting.add(check)
    signal?.addEventListener('abort', check)
  })
}
