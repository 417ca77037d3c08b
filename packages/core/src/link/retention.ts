import type { EventSeverity, JournalEntry, JournalPosition } from '../protocol/index.js'
import { comparePositions } from './positions.js'

export interface JournalBounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

export interface Loss {
  readonly from: JournalPosition
  readonly to: JournalPosition
  readonly count: number
}

const leastImportantFirst: readonly EventSeverity[] = ['debug', 'info', 'warning', 'critical']

/** Bytes an entry takes, near enough for a bound. */
export function sizeOf(entry: JournalEntry): number {
  return 120 + entry.type.length + entry.subject.length + entry.message.length + JSON.stringify(entry.fields).length
}

/**
 * What stays when a journal has to fit its bounds: the least important go first, of those the oldest. Entries for which
 * `keep` says so stay whatever happens. `loss` covers exactly what went.
 */
export function fitBounds(
  entries: readonly JournalEntry[],
  bounds: JournalBounds,
  keep: (entry: JournalEntry) => boolean,
): { readonly kept: readonly JournalEntry[]; readonly loss: Loss | undefined } {
  let count = entries.length
  let bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
  const gone = new Set<JournalEntry>()
  for (const severity of leastImportantFirst) {
    for (const entry of entries) {
      if (count <= bounds.maxEntries && bytes <= bounds.maxBytes) break
      if (entry.severity !== severity || keep(entry)) continue
      gone.add(entry)
      count -= 1
      bytes -= sizeOf(entry)
    }
  }
  return { kept: entries.filter((entry) => !gone.has(entry)), loss: lossOf([...gone].map((entry) => entry.position)) }
}

function lossOf(positions: readonly JournalPosition[]): Loss | undefined {
  const [from] = [...positions].sort(comparePositions)
  const to = [...positions].sort(comparePositions).at(-1)
  return from === undefined || to === undefined ? undefined : { from, to, count: positions.length }
}

/** Both losses as one. */
export function mergeLosses(a: Loss | undefined, b: Loss): Loss {
  if (a === undefined) return b
  return {
    from: comparePositions(a.from, b.from) < 0 ? a.from : b.from,
    to: comparePositions(a.to, b.to) > 0 ? a.to : b.to,
    count: a.count + b.count,
  }
}
