import { Hono } from 'hono'
import { parse } from '../requests/parse.js'
import { logsQuerySchema } from '../requests/schemas.js'
import type { ApiEnvironment, ApiScope } from '../scope.js'
import { dataFrame } from '../streams/frame.js'
import { streamResponse } from '../streams/stream-response.js'

export function logRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>().get('/:workload/logs', async (context) => {
    const { follow = false, ...query } = parse(logsQuerySchema, context.req.query(), 'query')
    const options = { workload: context.req.param('workload'), follow, ...query }
    return await streamResponse(scope, context, {
      open: (signal) => scope.operations.logs(context.get('caller'), options, signal),
      frame: (line) => dataFrame(line),
    })
  })
}

/** An empty event whenever a view may have changed: a live table asks for its views anew. */
export function changeRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>().get('/', async (context) => (
    await streamResponse(scope, context, {
      open: (signal) => scope.operations.changes(context.get('caller'), signal),
      frame: () => dataFrame({}),
    })
  ))
}
