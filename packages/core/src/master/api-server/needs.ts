import type { JournalEntry, JournalPosition, Readiness, StatusEntry, Timings } from '../../protocol/index.js'
import type { PublishedSignal, SignalValue } from '../../spi/index.js'

/** What the ApiServer needs of the service that keeps states. Each promise resolves after the commit. */
export interface Reports {
  /** Where the node's journal is committed up to; undefined for a disk state never heard of. */
  acknowledged(node: string, stateEpoch: string, signal: AbortSignal): Promise<JournalPosition | undefined>
  /** Latest-per-key values of one node. */
  statuses(node: string, stateEpoch: string, entries: readonly StatusEntry[], signal: AbortSignal): Promise<void>
  /** Whatever the node did not name among `keys` in this session is gone. */
  synced(node: string, keys: ReadonlySet<string>, signal: AbortSignal): Promise<void>
  /** Answers the position that is committed now. */
  report(node: string, stateEpoch: string, entries: readonly JournalEntry[], signal: AbortSignal): Promise<JournalPosition | undefined>
}

/** What it needs of the service that watches for signs of life. Calls return at once. */
export interface SignsOfLife {
  sessionOpened(node: string, timings: Timings): void
  /** A beat, with whether the node has lately heard an echo. */
  beat(node: string, beat: { readonly echoed: boolean; readonly loopAgeMs: number }): void
  readiness(node: string, readiness: Readiness): void
  /** Statuses are complete and the wanted set is held: the barrier before Ready. */
  resynced(node: string): void
  sessionClosed(node: string): void
}

/** What it needs of the service that watches conditions. */
export interface Signals {
  readonly signals: ReadonlyMap<string, { readonly value: SignalValue; readonly atMs: number }>
  /** Resolves when what the values satisfy is committed. */
  publish(signals: readonly PublishedSignal[], signal: AbortSignal): Promise<void>
}
