import { createMiddleware } from 'hono/factory'
import type { ApiEnvironment, ApiScope } from '../scope.js'
import { givenRequestId } from './request-context.js'

/** Names each request, by the name it brings if that is fit, and logs it without its query, headers or body: none of a caller's secrets is in what remains. */
export function logRequests(scope: ApiScope) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const requestId = givenRequestId(context) ?? Buffer.from(scope.random.bytes(8)).toString('hex')
    context.set('requestId', requestId)
    const startMs = scope.clock.monotonicMs()
    await next()
    const { headers, status } = context.res
    headers.set('x-request-id', requestId)
    headers.set('cache-control', 'no-store')
    headers.set('x-content-type-options', 'nosniff')
    const tookMs = Math.round(scope.clock.monotonicMs() - startMs)
    scope.logger.debug({ requestId, method: context.req.method, path: context.req.path, status, tookMs }, 'request')
  })
}
