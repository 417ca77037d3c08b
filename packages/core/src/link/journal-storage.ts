import type { JournalEntry, JournalPosition } from '../protocol/index.js'

/** Where a journal lives: files on a node's disk, or keys in a store. Calls come one at a time. */
export interface JournalStorage {
  /** Everything readable, in order; a torn tail is left out. */
  load(signal: AbortSignal): Promise<readonly JournalEntry[]>
  /** Adds entries at the end; with `durable` they survive a power cut once this resolves. */
  append(entries: readonly JournalEntry[], options: { readonly durable: boolean }): Promise<void>
  /** Everything up to here was acknowledged and may be forgotten. */
  trim(upTo: JournalPosition): Promise<void>
  /** Puts these entries in the place of everything stored so far: all or nothing. */
  rewrite(entries: readonly JournalEntry[]): Promise<void>
}
