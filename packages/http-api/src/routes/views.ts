import type { Caller, Operations } from '@piccolo/core/spi'
import { Hono } from 'hono'
import { jsonResponse, listResponse } from '../answers/json.js'
import { parse } from '../requests/parse.js'
import { auditQuerySchema } from '../requests/schemas.js'
import { underDeadline } from '../requests/under-deadline.js'
import type { ApiContext, ApiEnvironment, ApiScope } from '../scope.js'

type ListView = 'scenarios' | 'packages' | 'workloads' | 'nodes' | 'approvals'

/** What is there now. */
export function viewRoutes(scope: ApiScope) {
  const list = (view: ListView) => async (context: ApiContext) => (
    listResponse(await underDeadline(scope, context, (signal) => readView(scope.operations, view, context.get('caller'), signal)))
  )
  return new Hono<ApiEnvironment>()
    .get('/cluster', async (context) => (
      jsonResponse(await underDeadline(scope, context, (signal) => scope.operations.cluster(context.get('caller'), signal)))
    ))
    .get('/scenarios', list('scenarios'))
    .get('/packages', list('packages'))
    .get('/workloads', list('workloads'))
    .get('/nodes', list('nodes'))
    .get('/approvals', list('approvals'))
    .get('/audit', async (context) => {
      const range = parse(auditQuerySchema, context.req.query(), 'query')
      return listResponse(await underDeadline(scope, context, (signal) => scope.operations.audit(context.get('caller'), range, signal)))
    })
}

function readView(operations: Operations, view: ListView, caller: Caller, signal: AbortSignal): Promise<readonly unknown[]> {
  return operations[view](caller, signal)
}
