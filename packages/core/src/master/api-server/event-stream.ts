import type { ClusterEvent } from '../../spi/index.js'
import type { Stored } from '../../store/index.js'
import type { EventRecord } from '../../model/records/index.js'
import { toClusterEvent } from '../event-log.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'

export interface EventStreamOptions {
  readonly follow: boolean
  /** How many of the past, newest ones; default 100, at most 1,000. */
  readonly limit?: number
  /** Only what came after this revision. */
  readonly after?: bigint
}

/** The last events in order of arrival and, where asked, every later one. */
export async function* eventStream({ store }: MasterContext, { follow: goOn, limit = 100, after }: EventStreamOptions, signal: AbortSignal): AsyncIterable<ClusterEvent> {
  const most = Math.min(Math.max(limit, 0), 1_000)
  const past = await tables.events.page(store, { limit: most, reverse: true, signal })
  const shown = [...past.entries].reverse().filter(({ revision }) => after === undefined || revision > after)
  for (const event of shown) yield shownAs(event)
  if (goOn) yield* later(store, past.revision, signal)
}

/** One attempt of the watch: when the store is lost the reader is told, and resumes after the last event it got. */
async function* later(store: MasterContext['store'], after: bigint, signal: AbortSignal): AsyncIterable<ClusterEvent> {
  const own = new AbortController()
  const both = AbortSignal.any([signal, own.signal])
  try {
    for await (const { changes } of store.watch(tables.events.prefix, { after, signal: both })) {
      for (const change of changes) if (change.type === 'put') yield shownAs(tables.events.decode(change.entry))
    }
  } finally {
    own.abort()
  }
}

function shownAs(stored: Stored<EventRecord>): ClusterEvent {
  return toClusterEvent(stored.value, stored.revision)
}
