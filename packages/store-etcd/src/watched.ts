import type { Revision, StoreChange, WatchBatch } from '@piccolo/core/spi'
import type { Commit } from './commit-assembler.js'
import type { FeedReader } from './feed.js'

export interface Watching {
  readonly prefix: string
  readonly after: Revision
  /** A place behind a revision, in some feed. */
  readonly join: (after: Revision) => FeedReader
  readonly goesOn: () => boolean
  readonly signal: AbortSignal
}

/** What a feed has for one prefix. Commits elsewhere become one progress mark, once there is no more to read. */
export async function* watched({ prefix, after, join, goesOn, signal }: Watching): AsyncGenerator<WatchBatch, void, undefined> {
  let position = after
  let told = after
  while (goesOn()) {
    const reader = join(position)
    try {
      while (goesOn()) {
        const commit = reader.take()
        if (commit === 'forgotten') break
        position = reader.position
        const changes = commit === undefined ? [] : changesBelow(prefix, commit)
        if (commit !== undefined && changes.length === 0) continue
        if (position === told) {
          await reader.more(signal)
          continue
        }
        told = position
        yield { changes, revision: told }
      }
    } finally {
      reader.leave()
    }
  }
}

/** Copies of the values: the same commit goes to every watch. */
function changesBelow(prefix: string, { changes }: Commit): StoreChange[] {
  return changes.flatMap((change): StoreChange[] => {
    if (change.type === 'delete') return change.key.startsWith(prefix) ? [change] : []
    const { entry } = change
    return entry.key.startsWith(prefix) ? [{ type: 'put', entry: { ...entry, value: new Uint8Array(entry.value) } }] : []
  })
}
