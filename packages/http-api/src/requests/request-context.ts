import type { Caller } from '@piccolo/core/spi'
import type { ApiContext } from '../scope.js'

/** What may stand in logs and in the audit as it came. */
const requestId = /^[A-Za-z0-9_.:-]{1,128}$/
/** W3C trace context, version 00; ids of zeros alone are none. */
const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The name that the request brought; undefined = none, or none that is fit. */
export function givenRequestId(context: ApiContext): string | undefined {
  const given = context.req.header('x-request-id')
  return given !== undefined && requestId.test(given) ? given : undefined
}

/** By what the audit, and the messages to nodes, tell this request from others. */
export function requestContext(context: ApiContext): NonNullable<Caller['context']> {
  const trace = context.req.header('traceparent')
  return { requestId: context.get('requestId'), ...(trace !== undefined && traceparent.test(trace) && { traceparent: trace }) }
}
