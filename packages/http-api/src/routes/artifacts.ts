import { Hono } from 'hono'
import { jsonResponse, listResponse } from '../answers/json.js'
import { manifestFiles } from '../requests/manifest-files.js'
import { parse } from '../requests/parse.js'
import { artifactsQuerySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiContext, ApiEnvironment, ApiScope } from '../scope.js'

export function artifactRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>()
    .get('/', async (context) => {
      const { kind } = parse(artifactsQuerySchema, context.req.query(), 'query')
      return listResponse(await underDeadline(scope, context, (signal) => scope.operations.artifacts(context.get('caller'), kind, signal)))
    })
    .post('/', (context) => applyManifest(scope, context))
    .delete('/', (context) => deleteManifest(scope, context))
    .delete('/:kind/:name', async (context) => {
      const ref = { kind: context.req.param('kind'), name: context.req.param('name') }
      return jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.deleteArtifact(context.get('caller'), ref, signal)))
    })
}

/** Pullpiri's own address for the same two deeds, with YAML as text/plain. */
export function pullpiriRoutes(scope: ApiScope) {
  return new Hono<ApiEnvironment>()
    .post('/', (context) => applyManifest(scope, context))
    .delete('/', (context) => deleteManifest(scope, context))
}

async function applyManifest(scope: ApiScope, context: ApiContext): Promise<Response> {
  const files = await manifestFiles(scope, context)
  return jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.apply(context.get('caller'), files, signal)))
}

async function deleteManifest(scope: ApiScope, context: ApiContext): Promise<Response> {
  const files = await manifestFiles(scope, context)
  return jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.deleteManifest(context.get('caller'), files, signal)))
}
