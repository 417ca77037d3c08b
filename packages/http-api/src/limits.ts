/** Bounds of the API. The defaults suit a board; tests and unusual products change them. */
export interface HttpApiLimits {
  /** Largest request body, in bytes. Default 1 MiB. */
  readonly maxBodyBytes: number
  /** Every request that is not a stream is answered within this time. Default 30 s. */
  readonly requestDeadlineMs: number
  /** A silent stream carries a comment this often, so that both ends notice a dead link. Default 15 s. */
  readonly heartbeatMs: number
  /** A stream whose client takes nothing for this long is cut. Default 30 s. */
  readonly stallMs: number
  /** A stream's caller is asked this often whether the proof still holds. Default 500 ms: who is let in no longer hears nothing more within a second. */
  readonly proofMs: number
  /** A stream waits this long for an early error before it commits to status 200. Default 300 ms. */
  readonly openingMs: number
  /** Streams open at once, over all clients. Default 128. */
  readonly maxStreams: number
  /** TCP connections open at once. Default 512. */
  readonly maxConnections: number
}

export const defaultLimits: HttpApiLimits = {
  maxBodyBytes: 1024 * 1024,
  requestDeadlineMs: 30_000,
  heartbeatMs: 15_000,
  stallMs: 30_000,
  proofMs: 500,
  openingMs: 300,
  maxStreams: 128,
  maxConnections: 512,
}
