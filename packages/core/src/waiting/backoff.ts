import type { Random } from '../spi/index.js'

export interface BackoffOptions {
  readonly initialMs: number
  readonly capMs: number
}

/** Upper bound of the wait before attempt `failures` + 1: doubles from `initialMs` up to `capMs`. */
export function exponentialMs(failures: number, { initialMs, capMs }: BackoffOptions): number {
  return Math.min(capMs, initialMs * 2 ** Math.min(failures, 30))
}

/** Full jitter: any wait up to the bound is as likely, so that a fleet that failed together does not come back together. */
export function jitteredMs(failures: number, options: BackoffOptions, random: Random): number {
  return random.next() * exponentialMs(failures, options)
}
