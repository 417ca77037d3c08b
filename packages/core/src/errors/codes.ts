/**
 * Every code a {@link PiccoloError} can carry, and whether the same call, unchanged, may succeed later.
 * The table is closed: surfaces map each code to a status or an exit code and the compiler checks that none is missing.
 */
export const errorCodes = {
  /** The caller's input is wrong; the message names the place and what was expected. */
  'invalid-argument': { retryable: false },
  /** A manifest was refused; `details.problems` lists file, line, column and what was expected. */
  'invalid-manifest': { retryable: false },
  'not-found': { retryable: false },
  'already-exists': { retryable: false },
  /** Somebody else changed the thing meanwhile, or a name is taken. */
  conflict: { retryable: false },
  /** No proof of identity, or one that does not hold. */
  unauthenticated: { retryable: false },
  /** The identity is proven, the role does not allow it; or the system does not let this user do it. */
  'permission-denied': { retryable: false },
  /** The system is not in a state in which this can be done; the message says what has to happen first. */
  'failed-precondition': { retryable: false },
  /** The master does not know this node. The node keeps what it runs. */
  'unknown-node': { retryable: true },
  /** The node's identity was revoked. */
  revoked: { retryable: false },
  /** The node's certificate is over; its key can renew it. */
  expired: { retryable: false },
  /** Two boards use one identity, or a person doubts it: nobody gets in with it until a person decides. The node keeps what it runs. */
  quarantined: { retryable: true },
  /** A person must approve first. */
  pending: { retryable: true },
  /** There is no room now: a disk, a queue, a rate. The same call fits once there is. */
  'resource-exhausted': { retryable: true },
  /** Larger than a limit that stays as it is: it never fits. The message names the limit; make it smaller or split it. */
  'too-large': { retryable: false },
  /** The other side, a device or a program cannot be reached now. */
  unavailable: { retryable: true },
  'deadline-exceeded': { retryable: true },
  /** The caller's signal was aborted; nothing was changed. */
  aborted: { retryable: false },
  /** This adapter, board or version cannot do it. */
  unsupported: { retryable: false },
  /** A watch or an old revision asks for history that is gone; list again. */
  compacted: { retryable: false },
  /** Stored data failed its checksum or does not parse. */
  corrupt: { retryable: false },
  /** A defect in this software. */
  internal: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes
