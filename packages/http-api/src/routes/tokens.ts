import { Hono } from 'hono'
import { jsonResponse } from '../answers/json.js'
import { boundedBody } from '../requests/manifest-files.js'
import { parseJson } from '../requests/parse.js'
import { tokenBodySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiEnvironment, ApiScope } from '../scope.js'

export function tokenRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>().post('/', async (context) => {
    const text = await boundedBody(scope, context)
    const request = parseJson(tokenBodySchema, text === '' ? '{}' : text, 'body')
    return jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.createToken(context.get('caller'), request, signal)), 201)
  })
}
