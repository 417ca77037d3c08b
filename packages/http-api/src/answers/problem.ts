import type { ErrorCode, PiccoloError } from '@piccolo/core/spi'
import { jsonText } from './json.js'

/** The HTTP status of every code; a code without one does not compile. */
export const httpStatuses = {
  'invalid-argument': 400,
  'invalid-manifest': 422,
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  unauthenticated: 401,
  'permission-denied': 403,
  'failed-precondition': 409,
  'unknown-node': 404,
  revoked: 403,
  expired: 401,
  quarantined: 403,
  pending: 409,
  'resource-exhausted': 429,
  'too-large': 413,
  unavailable: 503,
  'deadline-exceeded': 504,
  aborted: 499,
  unsupported: 501,
  compacted: 410,
  corrupt: 500,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

/** RFC 9457. */
export const problemMediaType = 'application/problem+json'

/** The body of every refusal, and of a stream's last event when it ends badly. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  /** What is wrong and what to do, for people. */
  readonly detail: string
  readonly code: ErrorCode
  /** Whether the same request, unchanged, may succeed later. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>
  /** The master's log has the same id. */
  readonly requestId: string
}

export function problemOf(error: PiccoloError, requestId: string): ProblemDocument {
  return {
    type: `urn:piccolo:error:${error.code}`,
    title: error.code.replaceAll('-', ' '),
    status: httpStatuses[error.code],
    // A defect's own words may name files and values of the master's: they stay in its log.
    detail: error.code === 'internal' ? `The master met an unexpected failure; its log has it under request ${requestId}.` : error.message,
    code: error.code,
    retryable: error.retryable,
    details: error.code === 'internal' ? {} : error.details,
    requestId,
  }
}

export function problemResponse(problem: ProblemDocument): Response {
  const headers = new Headers({ 'content-type': problemMediaType })
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="piccolo"')
  const { retryAfterMs } = problem.details
  if (typeof retryAfterMs === 'number') headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return new Response(jsonText(problem), { status: problem.status, headers })
}
