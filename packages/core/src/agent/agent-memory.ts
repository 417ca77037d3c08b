import type { JournalEntry } from '../protocol/index.js'
import type { Digest, Disk, Logger, Random } from '../spi/index.js'
import { PiccoloError } from '../errors/index.js'
import { DiskJournal } from './state/disk-journal.js'
import { openIncarnation, type Incarnation } from './state/identity-state.js'
import { LocalState, type LoadedSet } from './state/local-state.js'
import { openTime } from './state/time-file.js'
import { RunRecords } from './state/run-records.js'

/** Everything a node remembers from its earlier lives. */
export interface AgentMemory {
  readonly incarnation: Incarnation
  readonly localState: LocalState
  readonly loaded: LoadedSet
  readonly records: RunRecords
  readonly journal: DiskJournal
  readonly earlier: readonly JournalEntry[]
  readonly time: Awaited<ReturnType<typeof openTime>>
  /** What could not be read, for people. */
  readonly problems: readonly string[]
}

/** Reads it all, and begins this life's incarnation. What is damaged is reported and done without. */
export async function recall(
  parts: { readonly disk: Disk; readonly digest: Digest; readonly random: Random; readonly logger: Logger; readonly bootId: string },
  signal: AbortSignal,
): Promise<AgentMemory> {
  const { disk, digest } = parts
  const localState = new LocalState(disk, digest)
  const records = new RunRecords(parts)
  const journal = new DiskJournal(disk, digest)
  const [loaded, found, , time] = await Promise.all([
    localState.load(signal),
    journal.load(signal).catch((error: unknown) => PiccoloError.from(error)),
    records.load(signal),
    openTime(parts, signal),
  ])
  const unread = found instanceof PiccoloError ? [`The journal could not be read: ${found.message}`] : []
  const entries = found instanceof PiccoloError ? [] : found
  const incarnation = await openIncarnation({ ...parts, after: entries.at(-1)?.position.incarnation ?? 0 }, signal)
  // Another state's positions mean nothing to anybody.
  if (incarnation.fresh) await journal.clear()
  const earlier = incarnation.fresh ? [] : entries
  records.hear(earlier)
  return {
    incarnation, localState, loaded, records, journal, earlier, time,
    problems: [...unread, ...problemsOf(loaded), ...(incarnation.problem === undefined ? [] : [incarnation.problem])],
  }
}

function problemsOf({ from, reason }: LoadedSet): readonly string[] {
  if (from === 'previous') return [`The assignment set was damaged (${reason}); the one before it is in force.`]
  return from === 'unreadable' ? [`The assignment set is unreadable (${reason}); what runs is left running until the master sends it again.`] : []
}
