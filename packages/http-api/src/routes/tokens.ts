import { Hono } from 'hono'
import { jsonResponse, listResponse } from '../answers/json.js'
import { optionalBody } from '../requests/manifest-files.js'
import { tokenBodySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiEnvironment, ApiScope } from '../scope.js'

export function tokenRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>()
    .get('/', async (context) => (
      listResponse(await underDeadline(scope, context, (signal) => scope.operations.tokens(context.get('caller'), signal)))
    ))
    .post('/', async (context) => {
      const request = await optionalBody(scope, context, tokenBodySchema)
      return jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.createToken(context.get('caller'), request, signal)), 201)
    })
    .delete('/:id', async (context) => {
      const id = context.req.param('id')
      await underDeadline(scope, context, (signal) => scope.operations.revokeToken(context.get('caller'), id, signal))
      return jsonResponse({ revoked: id })
    })
}
