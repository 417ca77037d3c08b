import type { ClusterTime } from '../../model/records/index.js'
import type { Clock } from '../../spi/index.js'
import { releasedAtMs } from '../../version.js'

/**
 * A machine may lie in a store for half a year. A clock that claims more than that may have been set wrong, and nodes whose certificates
 * would be over for too long by it would have to wait for a person.
 */
const longestSleepMs = 180 * 86_400_000

/** Why the wall clock is not believed. */
export type ClockDoubt = 'behind' | 'ahead'

/**
 * The master's time: the wall clock as it was found at the start, or as somebody vouched for it, carried on by the monotonic clock. Never
 * before the time that is known to have passed already. What the wall clock does in between changes nothing.
 */
export interface TrustedClock extends Clock {
  /** Why the wall clock was not believed at the start; undefined = it was, or somebody has vouched for it since. */
  readonly doubt: ClockDoubt | undefined
  /** How far the wall clock has moved against this time since it was last believed. */
  driftMs(): number
  /** Somebody who knows says that the wall clock is right now. */
  follow(): void
  /** Counts in how long the machine was suspended. To be called now and then. */
  catchUp(): void
  /** What is to be kept for the next start. */
  record(): ClusterTime
}

export function trustedClock(clock: Clock, stored: ClusterTime | undefined): TrustedClock {
  const floorMs = Math.max(releasedAtMs, stored?.atMs ?? 0)
  const startWallMs = clock.wallMs()
  let doubt = doubtOf(startWallMs, floorMs, stored)
  let anchor = anchorAt(doubt === undefined ? startWallMs : floorMs)
  let believed = { wallMs: startWallMs, nowMs: anchor.wallMs }
  let highestMs = stored?.highestMs ?? 0

  function anchorAt(wallMs: number): { readonly wallMs: number; readonly monotonicMs: number; readonly bootMs: number } {
    return { wallMs, monotonicMs: clock.monotonicMs(), bootMs: clock.bootMs() }
  }
  const nowMs = (): number => Math.floor(anchor.wallMs + clock.monotonicMs() - anchor.monotonicMs)

  return {
    wallMs: nowMs,
    monotonicMs: () => clock.monotonicMs(),
    bootMs: () => clock.bootMs(),
    schedule: (delayMs, run) => clock.schedule(delayMs, run),
    get doubt() {
      return doubt
    },
    driftMs: () => clock.wallMs() - believed.wallMs - (nowMs() - believed.nowMs),
    follow() {
      highestMs = Math.max(highestMs, nowMs())
      doubt = undefined
      anchor = anchorAt(clock.wallMs())
      believed = { wallMs: anchor.wallMs, nowMs: anchor.wallMs }
    },
    catchUp() {
      const suspendedMs = clock.bootMs() - anchor.bootMs - (clock.monotonicMs() - anchor.monotonicMs)
      // Both clocks are read with an error; a suspend is longer.
      if (suspendedMs > 1_000) anchor = anchorAt(nowMs() + suspendedMs)
    },
    record: () => ({ atMs: nowMs(), highestMs: Math.max(highestMs, nowMs()) }),
  }
}

function doubtOf(wallMs: number, floorMs: number, stored: ClusterTime | undefined): ClockDoubt | undefined {
  if (wallMs < floorMs) return 'behind'
  return stored !== undefined && wallMs > stored.atMs + longestSleepMs ? 'ahead' : undefined
}
