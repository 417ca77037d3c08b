import type { ErrorCode } from '@piccolo/core/spi'

/** What the command ends with; documented in the README and in `piccolo --help`. */
export const exitCodes = {
  ok: 0,
  /** A defect, or data that is damaged. */
  internal: 1,
  /** The command line, a file or a manifest is wrong. */
  usage: 2,
  notFound: 3,
  /** Not known, or not allowed. */
  denied: 4,
  /** The master or a node cannot be reached now, or has no room; the same command may succeed later. */
  unavailable: 5,
  /** The cluster is not in a state for it: something must happen first. */
  conflict: 6,
  unsupported: 7,
  interrupted: 130,
} as const

/** Every code of an error has an exit code; one without does not compile. */
export const exitCodeOf = {
  'invalid-argument': exitCodes.usage,
  'invalid-manifest': exitCodes.usage,
  'not-found': exitCodes.notFound,
  'already-exists': exitCodes.conflict,
  conflict: exitCodes.conflict,
  unauthenticated: exitCodes.denied,
  'permission-denied': exitCodes.denied,
  'failed-precondition': exitCodes.conflict,
  'unknown-node': exitCodes.notFound,
  revoked: exitCodes.denied,
  pending: exitCodes.conflict,
  'resource-exhausted': exitCodes.unavailable,
  unavailable: exitCodes.unavailable,
  'deadline-exceeded': exitCodes.unavailable,
  aborted: exitCodes.interrupted,
  unsupported: exitCodes.unsupported,
  compacted: exitCodes.conflict,
  corrupt: exitCodes.internal,
  internal: exitCodes.internal,
} as const satisfies Record<ErrorCode, number>

export const exitCodesHelp = `Exit codes:
  0  done                        4  not known or not allowed
  1  a defect, or damaged data   5  out of reach or out of room: try later
  2  wrong input                 6  the cluster is not in a state for it
  3  not found                   7  not possible here        130  interrupted`
