import { PiccoloError, type ManifestFile } from '@piccolo/core/spi'
import type * as z from 'zod'
import type { ApiContext, ApiScope } from '../scope.js'
import { parseJson } from './parse.js'
import { readBody } from './read-body.js'
import { filesBodySchema } from './schemas.js'
import { underDeadline } from './under-deadline.js'

/** Problems in a bare YAML body are reported under this name. */
const bodyName = 'body'
const yamlTypes = new Set(['text/plain', 'application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'])

/** Several files as JSON `{ files: [{ name, text }] }`, or one as plain YAML. */
export async function manifestFiles(scope: ApiScope, context: ApiContext): Promise<readonly ManifestFile[]> {
  const [type = ''] = (context.req.header('content-type') ?? '').toLowerCase().split(';')
  const mediaType = type.trim()
  if (mediaType !== 'application/json' && !yamlTypes.has(mediaType)) {
    throw new PiccoloError('invalid-argument', `Content-Type: expected application/json, application/yaml or text/plain, found "${mediaType.slice(0, 100)}"`)
  }
  const text = await boundedBody(scope, context)
  return mediaType === 'application/json' ? parseJson(filesBodySchema, text, bodyName).files : [{ name: bodyName, text }]
}

export function boundedBody(scope: ApiScope, context: ApiContext): Promise<string> {
  return underDeadline(scope, context, () => readBody(context.req.raw, scope.limits.maxBodyBytes))
}

/** A JSON body that may be left out where nothing in it is needed. */
export async function optionalBody<Schema extends z.ZodType>(scope: ApiScope, context: ApiContext, schema: Schema): Promise<z.output<Schema>> {
  const text = await boundedBody(scope, context)
  return parseJson(schema, text === '' ? '{}' : text, 'body')
}
