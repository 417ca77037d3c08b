import type { ClusterEvent } from '@piccolo/core/spi'
import { Hono } from 'hono'
import { listResponse } from '../answers/json.js'
import { parse } from '../requests/parse.js'
import { eventsQuerySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiContext, ApiEnvironment, ApiScope } from '../scope.js'
import { dataFrame } from '../streams/frame.js'
import { parseResumeId, resumeId } from '../streams/resume-point.js'
import { streamResponse } from '../streams/stream-response.js'

/** The event log: a list as JSON, or a stream that goes on where `Last-Event-ID` (or `after`) says. */
export function eventRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>().get('/', async (context) => {
    const { follow, ...range } = parse(eventsQuerySchema, context.req.query(), 'query')
    const streaming = follow ?? context.req.header('accept')?.includes('text/event-stream') === true
    return streaming ? await followEvents(scope, context, range) : await listEvents(scope, context, range)
  })
}

interface EventRange {
  readonly limit?: number
  readonly after?: bigint
}

async function listEvents(scope: ApiScope, context: ApiContext, range: EventRange): Promise<Response> {
  const items = await underDeadline(scope, context, async (signal) => {
    const events: ClusterEvent[] = []
    for await (const event of scope.operations.events(context.get('caller'), { ...range, follow: false }, signal)) events.push(event)
    return events
  })
  return listResponse(items)
}

function followEvents(scope: ApiScope, context: ApiContext, range: EventRange): Promise<Response> {
  const lastId = context.req.header('last-event-id')
  const resume = lastId === undefined ? undefined : parseResumeId(lastId)
  const options = resume === undefined ? range : { after: resume.after }
  return streamResponse(scope, context, {
    open: (signal) => scope.operations.events(context.get('caller'), { ...options, follow: true }, signal),
    frame: (event) => (resume?.seen(event) === true ? undefined : dataFrame(event, resumeId(event))),
  })
}
