import { PiccoloError, type Revision } from '@piccolo/core/spi'
import { Bell } from './bell.js'
import type { Head } from './client.js'
import type { Commit } from './commit-assembler.js'

/** Kept for readers that have not taken them yet. */
const most = { commits: 1_024, bytes: 4 * 1024 * 1024 }

/** One watch's place in a feed. */
export interface FeedReader {
  /** Everything up to here was taken. */
  readonly position: Revision
  /** The next commit; undefined = that is all for now; `forgotten` = the feed went on without this reader. Throws what the feed ended with. */
  take(): Commit | 'forgotten' | undefined
  /** Resolves once `take` has something to say, or when the signal is aborted. */
  more(signal: AbortSignal): Promise<void>
  leave(): void
}

/**
 * What follows one revision, read once for all watches that begin there or later. The quickest reader sets the pace: what it has
 * taken may be forgotten, and one that is left behind needs a feed of its own.
 */
export class Feed {
  readonly #bell = new Bell()
  readonly #readers = new Set<FeedReader>()
  readonly #deserted: () => void
  readonly #commits: Commit[] = []
  #bytes = 0
  /** How many commits were forgotten, and up to which revision. */
  #forgotten = 0
  #floor: Revision
  #position: Revision
  #owed: Revision = 0n
  #end: { readonly error: unknown } | undefined

  /** `deserted` is called when the last reader has left. */
  constructor(after: Revision, deserted: () => void) {
    this.#floor = after
    this.#position = after
    this.#deserted = deserted
  }

  /** Every commit up to here is in the feed. */
  get position(): Revision {
    return this.#position
  }

  push(commit: Commit): void {
    if (commit.changes.length > 0) {
      this.#commits.push(commit)
      this.#bytes += bytesOf(commit)
    }
    if (commit.revision > this.#position) this.#position = commit.revision
    this.#forget()
    this.#bell.ring()
  }

  /** No commit follows any more. */
  end(error: unknown): void {
    this.#end ??= { error }
    this.#bell.ring()
  }

  /** Resolves once there is room for another commit, or when the signal is aborted. */
  room(signal: AbortSignal): Promise<void> {
    return this.#bell.until(() => !this.#isFull(), signal)
  }

  /** Somebody has heard of this revision: readers are to be told when they have everything up to it. */
  owe(revision: Revision): void {
    if (revision <= this.#owed) return
    this.#owed = revision
    this.#bell.ring()
  }

  /** Whether readers can't tell yet that they have everything that was heard of. */
  get owes(): boolean {
    return this.#owed > this.#position
  }

  /** Resolves once the feed owes something that the commits still to come do not pay by themselves. */
  owing(signal: AbortSignal): Promise<void> {
    return this.#bell.until(() => this.owes && !this.#isFull(), signal)
  }

  /** If the last commit to the store is in the feed, then so is everything up to the revision at which that was seen. */
  vouch({ revision, head }: Head): void {
    if (head <= this.#position) this.push({ revision, changes: [] })
  }

  /** A reader of what follows `after`; undefined when the feed does not reach back so far, or has ended. */
  join(after: Revision): FeedReader | undefined {
    if (this.#end !== undefined || after < this.#floor) return undefined
    let position = after
    const behind = this.#commits.findIndex(({ revision }) => revision > after)
    let next = this.#forgotten + (behind < 0 ? this.#commits.length : behind)
    const reader: FeedReader = {
      get position() {
        return position
      },
      take: () => {
        for (;;) {
          if (next < this.#forgotten) return 'forgotten'
          const commit = this.#commits[next - this.#forgotten] ?? this.#mark(position)
          if (commit === undefined) return undefined
          if (commit.changes.length > 0) next += 1
          if (commit.revision <= position) continue // it began ahead of the feed
          position = commit.revision
          this.#forget()
          this.#bell.ring()
          return commit
        }
      },
      more: (signal) => this.#bell.until(() => next !== this.#forgotten + this.#commits.length || this.#position > position || this.#end !== undefined, signal),
      leave: () => {
        if (this.#readers.delete(reader) && this.#readers.size === 0) this.#desert()
      },
    }
    this.#readers.add(reader)
    return reader
  }

  /** It is on its way out: whoever comes now needs another. */
  #desert(): void {
    this.#end ??= { error: new PiccoloError('internal', 'A feed that nobody reads was read.') }
    this.#deserted()
  }

  #mark(position: Revision): Commit | undefined {
    if (this.#position > position) return { revision: this.#position, changes: [] }
    if (this.#end !== undefined) throw this.#end.error
    return undefined
  }

  #isFull(): boolean {
    return this.#commits.length > most.commits || (this.#commits.length > 1 && this.#bytes > most.bytes)
  }

  /** The oldest commits go when there are too many, but not before some reader has taken them. */
  #forget(): void {
    for (let [oldest] = this.#commits; oldest !== undefined && this.#isFull(); [oldest] = this.#commits) {
      const { revision } = oldest
      if (![...this.#readers].some(({ position }) => position >= revision)) return
      this.#commits.shift()
      this.#forgotten += 1
      this.#floor = revision
      this.#bytes -= bytesOf(oldest)
    }
  }
}

function bytesOf({ changes }: Commit): number {
  return changes.reduce((sum, change) => sum + (change.type === 'put' ? change.entry.key.length + change.entry.value.byteLength : change.key.length), 0)
}
