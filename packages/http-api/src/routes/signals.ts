import { Hono } from 'hono'
import { jsonResponse, listResponse } from '../answers/json.js'
import { boundedBody } from '../requests/manifest-files.js'
import { parseJson } from '../requests/parse.js'
import { signalsBodySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiEnvironment, ApiScope } from '../scope.js'

export function signalRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>()
    .get('/', async (context) => (
      listResponse(await underDeadline(scope, context, (signal) => scope.operations.signals(context.get('caller'), signal)))
    ))
    .post('/', async (context) => {
      const { signals } = parseJson(signalsBodySchema, await boundedBody(scope, context), 'body')
      await underDeadline(scope, context, (signal) => scope.operations.publishSignals(context.get('caller'), signals, signal))
      return jsonResponse({ published: signals.length })
    })
}
