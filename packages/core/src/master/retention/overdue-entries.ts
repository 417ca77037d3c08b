import { PiccoloError } from '../../errors/index.js'
import type { EventRecord } from '../../model/records/index.js'
import type { Stored, Table } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import { entriesBelow } from './entries-below.js'

export interface LogRule {
  readonly longestMs: number
  readonly mostPerGroup: number
  readonly groupOf: (entry: EventRecord) => string
}

/** Keys of what an append-only log need not keep, newest first. It remembers a number per group, nothing else. */
export async function* overdueEntries({ store, clock, logger }: MasterContext, table: Table<EventRecord>, { longestMs, mostPerGroup, groupOf }: LogRule, signal: AbortSignal): AsyncIterable<string> {
  const nowMs = clock.wallMs()
  const counts = new Map<string, number>()
  for await (const raw of entriesBelow(store, table.prefix, { reverse: true, signal })) {
    const entry = readable(() => table.decode(raw))
    if (entry === undefined) {
      logger.error({ key: raw.key }, 'an entry of a log can not be read; it is left as it is')
      continue
    }
    const group = groupOf(entry.value)
    const count = (counts.get(group) ?? 0) + 1
    counts.set(group, count)
    if (count > mostPerGroup || nowMs - arrivalOf(entry.value) > longestMs) yield raw.key
  }
}

/** Counted from arrival: the time that a node puts on its event is what its own clock said. */
function arrivalOf({ atMs, arrivedAtMs }: EventRecord): number {
  return arrivedAtMs ?? atMs
}

function readable(read: () => Stored<EventRecord>): Stored<EventRecord> | undefined {
  try {
    return read()
  } catch (error) {
    if (PiccoloError.is(error, 'corrupt')) return undefined
    throw error
  }
}
