import type { JournalPosition } from './status.js'

export type EventSeverity = 'debug' | 'info' | 'warning' | 'critical'

/** One entry of the append-only lane: something happened, told once. */
export interface JournalEntry {
  readonly position: JournalPosition
  /** Wall clock of the node, milliseconds since 1970; a field, not the order. */
  readonly atMs: number
  readonly severity: EventSeverity
  /** `container-exited`, `image-unavailable`, …: constant per kind of event. */
  readonly type: string
  /** What it is about: `workload/web`, `node`. */
  readonly subject: string
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}
