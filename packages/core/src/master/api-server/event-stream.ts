import type { ClusterEvent } from '../../spi/index.js'
import type { Stored } from '../../store/index.js'
import type { EventRecord } from '../../model/records/index.js'
import { toClusterEvent } from '../event-log.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'

export interface EventStreamOptions {
  readonly follow: boolean
  /** How many of the past, newest ones; at most 10,000. Default: 100, or with `after` as many as there are. */
  readonly limit?: number
  /** Only what came after this revision. */
  readonly after?: bigint
}

const mostPast = 10_000
const pageSize = 500

/** The last events in order of arrival and, where asked, every later one. */
export async function* eventStream({ store }: MasterContext, options: EventStreamOptions, signal: AbortSignal): AsyncIterable<ClusterEvent> {
  const past = await pastEvents(store, options, signal)
  for (const event of past.events) yield shownAs(event)
  if (options.follow) yield* later(store, past.revision, signal)
}

/** Read from the newest back, all as of one revision, so that what follows neither repeats nor misses one. */
async function pastEvents(store: MasterContext['store'], { limit, after }: EventStreamOptions, signal: AbortSignal) {
  const most = Math.min(Math.max(limit ?? (after === undefined ? 100 : mostPast), 0), mostPast)
  const first = await tables.events.page(store, { limit: Math.min(most, pageSize), reverse: true, signal })
  const { revision } = first
  const events: Stored<EventRecord>[] = []
  for (let page = first; ; page = await tables.events.page(store, { limit: pageSize, reverse: true, revision, after: page.next ?? '', signal })) {
    const wanted = page.entries.filter((event) => after === undefined || event.revision > after)
    events.push(...wanted)
    if (wanted.length < page.entries.length || page.next === undefined || events.length >= most) break
  }
  return { events: events.slice(0, most).reverse(), revision }
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
