import { PiccoloError } from '../../../errors/index.js'
import type { Clock } from '../../../spi/index.js'

/** Failures of one source, within a minute of each other, before it is locked out: more than one board comes to that tries a spent token. */
const mostFailures = 20
const windowMs = 60_000
/** Doubled with every further lock-out. */
const firstLockMs = 60_000
const longestLockMs = 3_600_000
/** So long after its last failure a source is as good as new. */
const forgottenMs = 3_600_000
/** Sources remembered at a time; the one that failed longest ago is forgotten first. */
const mostSources = 4_096

interface Source {
  failures: number
  lockouts: number
  lastFailureMs: number
  lockedUntilMs: number
}

/**
 * Counts attempts that failed to prove anything, by network address, and locks addresses out for a time. Only those: who proves itself gets
 * in from a locked address as from any other, for many nodes share one.
 */
export interface AttemptLimits {
  /** Throws `resource-exhausted` while this source is locked out. For attempts that have failed already. */
  refuseLockedOut(source: string): void
  isLockedOut(source: string): boolean
  /** Counts one failure; answers for how long the source is locked out because of it. */
  failed(source: string): number | undefined
}

export function attemptLimits(clock: Clock): AttemptLimits {
  const sources = new Map<string, Source>()

  const known = (address: string): Source => {
    const nowMs = clock.monotonicMs()
    const before = sources.get(address)
    sources.delete(address)
    const source = before === undefined || nowMs - before.lastFailureMs > forgottenMs ? { failures: 0, lockouts: 0, lastFailureMs: nowMs, lockedUntilMs: 0 } : before
    sources.set(address, source)
    const [oldest] = sources.keys()
    if (sources.size > mostSources && oldest !== undefined) sources.delete(oldest)
    return source
  }

  const leftMsOf = (address: string): number => (sources.get(hostOf(address))?.lockedUntilMs ?? 0) - clock.monotonicMs()

  return {
    isLockedOut: (address) => leftMsOf(address) > 0,
    refuseLockedOut(address) {
      const leftMs = leftMsOf(address)
      if (leftMs <= 0) return
      throw new PiccoloError('resource-exhausted', `Too many attempts from this address failed. Try again in ${String(Math.ceil(leftMs / 1000))} s.`, { details: { retryAfterMs: Math.ceil(leftMs) } })
    },
    failed(address) {
      const nowMs = clock.monotonicMs()
      const source = known(hostOf(address))
      source.failures = nowMs - source.lastFailureMs > windowMs ? 1 : source.failures + 1
      source.lastFailureMs = nowMs
      if (source.failures < mostFailures) return undefined
      const lockMs = Math.min(firstLockMs * 2 ** source.lockouts, longestLockMs)
      Object.assign(source, { failures: 0, lockouts: source.lockouts + 1, lockedUntilMs: nowMs + lockMs })
      return lockMs
    },
  }
}

/** `10.0.0.7:51234` or `[fd00::7]:51234` without the port. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
