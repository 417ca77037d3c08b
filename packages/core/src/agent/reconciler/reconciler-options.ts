import type { BackoffOptions } from '../../waiting/index.js'

/** How patient the reconciler is; all in milliseconds. */
export interface ReconcilerTimings {
  /** Wait before a container that ended is run again: doubles up to the cap. Default 1 s to 5 min. */
  readonly restart: BackoffOptions
  /** Wait before a failed pull, create, start or removal is tried again. Default 1 s to 5 min. */
  readonly retry: BackoffOptions
  /** A run as long as this forgets earlier failures. Default 10 min. */
  readonly stableMs: number
  /** Wait before the container runtime is looked for again. Default 0.5 s to 10 s. */
  readonly reopen: BackoffOptions
}

export const defaultReconcilerTimings: ReconcilerTimings = {
  restart: { initialMs: 1_000, capMs: 300_000 },
  retry: { initialMs: 1_000, capMs: 300_000 },
  stableMs: 600_000,
  reopen: { initialMs: 500, capMs: 10_000 },
}
