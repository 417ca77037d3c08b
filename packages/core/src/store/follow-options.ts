import type { PiccoloError } from '../errors/index.js'
import type { Revision } from '../spi/index.js'
import type { Stored } from './table.js'

/** What changed, and all there is. */
export interface FollowedChange<Value> {
  /** Every entry by id, in no order, as of `revision`. The same map each time; it does not change while `onChange` runs. */
  readonly view: ReadonlyMap<string, Stored<Value>>
  /** Ids that were written or deleted since the last call: look them up in `view`. On the first call: every id there is. */
  readonly changed: ReadonlySet<string>
  readonly revision: Revision
}

export interface FollowOptions<Value> {
  /** Ends it. */
  readonly signal: AbortSignal
  /**
   * Called once with what is there (even if that is nothing), then once for each commit that touches the table, in order,
   * one call at a time. After lost history one call has the difference. A retryable PiccoloError (`unavailable`…) from here
   * is met with the same call again after a pause; any other error ends the following.
   */
  readonly onChange: (change: FollowedChange<Value>) => void | Promise<void>
  /** Only ids that begin with this. */
  readonly within?: string
  /**
   * Told of an entry that can't be read; the view keeps what it had under that id. Without this, such an entry ends the
   * following with `corrupt`: an entry that merely looked absent could undo what runs.
   */
  readonly onCorrupt?: (error: PiccoloError, id: string) => void
}
