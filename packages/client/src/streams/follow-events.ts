import type { EventsRequest } from '../piccolo-client.js'
import { pathOf } from '../path-of.js'
import { overCuts, type FollowConnection } from './over-cuts.js'
import { readStream, type StreamItem } from './read-stream.js'

/** The event log from where it is asked for, each connection resumed after the last event's id. */
export async function* followEvents(connection: FollowConnection, { limit, after, onConnection }: EventsRequest, signal: AbortSignal): AsyncGenerator<StreamItem, void> {
  let lastId: string | undefined
  const open = (reopened: boolean): AsyncIterable<StreamItem> => {
    // One that opened and gave nothing had no past to give: whatever is there now has happened since, however much it is.
    const range = reopened ? { after: after ?? 0n } : { limit, after }
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    return readStream(connection, { method: 'GET', path: pathOf(['events'], { follow: true, ...range }), headers }, signal)
  }
  for await (const item of overCuts({ connection, signal, onConnection, open })) {
    if (item.type === 'message') lastId = item.message.lastId ?? lastId
    yield item
  }
}
