import type { JournalPosition } from '../protocol/index.js'

/** Negative when `a` is earlier than `b`. */
export function comparePositions(a: JournalPosition, b: JournalPosition): number {
  return a.incarnation - b.incarnation || a.seq - b.seq
}
