import type { Caller } from '@piccolo/core/spi'
import { Hono } from 'hono'
import type * as z from 'zod'
import { jsonResponse } from '../answers/json.js'
import { optionalBody } from '../requests/manifest-files.js'
import { approvalBodySchema, emptyBodySchema, quarantineBodySchema, revokeBodySchema, roleBodySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiContext, ApiEnvironment, ApiScope } from '../scope.js'

interface Decision<Body> {
  readonly caller: Caller
  readonly node: string
  readonly body: Body
  readonly signal: AbortSignal
}

/** What a person decides about a node. Each answers when the decision counts. */
export function nodeRoutes(scope: ApiScope) {
  const { operations } = scope
  const decision = <Schema extends z.ZodType>(schema: Schema, decide: (decision: Decision<z.output<Schema>>) => Promise<void>) => async (context: ApiContext) => {
    const body = await optionalBody(scope, context, schema)
    const node = context.req.param('node') ?? ''
    await underDeadline(scope, context, (signal) => decide({ caller: context.get('caller'), node, body, signal }))
    return jsonResponse({ node })
  }
  return new Hono<ApiEnvironment>()
    .post('/:node/approve', decision(approvalBodySchema, ({ caller, node, body, signal }) => operations.approve(caller, { node, ...body }, signal)))
    .post('/:node/deny', decision(approvalBodySchema, ({ caller, node, body, signal }) => operations.deny(caller, { node, ...body }, signal)))
    .post('/:node/revoke', decision(revokeBodySchema, ({ caller, node, body, signal }) => operations.revokeNode(caller, node, body, signal)))
    .post('/:node/quarantine', decision(quarantineBodySchema, ({ caller, node, body, signal }) => operations.quarantineNode(caller, node, body, signal)))
    .post('/:node/release', decision(emptyBodySchema, ({ caller, node, signal }) => operations.releaseNode(caller, node, signal)))
    .put('/:node/role', decision(roleBodySchema, ({ caller, node, body, signal }) => operations.setNodeRole(caller, node, body.role, signal)))
}
