import type { Cancel, Clock } from '@piccolo/core/spi'
import { TimerHeap } from './timer-heap.js'

export interface ManualClock extends Clock {
  /** Runs every timer that falls due within the next `ms`, in order, each at its own time, letting promises settle after each. */
  advance(ms: number): Promise<void>
  /** Moves to the next timer due by `untilMs` of the monotonic clock and runs it; without one, moves to `untilMs` and answers false. */
  step(untilMs: number): Promise<boolean>
  /** Lets promises settle without moving time. */
  settle(): Promise<void>
  /** Moves the wall clock alone, as a person or a time server would. */
  jumpWall(ms: number): void
  /** Timers not yet due. */
  readonly pending: number
}

/** Time that stands still until told otherwise. */
export function manualClock(startWallMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = 0
  let wallOffsetMs = startWallMs
  let order = 0
  const timers = new TimerHeap()

  const step = async (untilMs: number): Promise<boolean> => {
    const timer = timers.take(untilMs)
    if (timer === undefined) {
      nowMs = Math.max(nowMs, untilMs)
      return false
    }
    nowMs = timer.dueMs
    timer.run()
    await settlePromises()
    return true
  }

  return {
    // Whole milliseconds, as the clocks of machines tell them.
    wallMs: () => Math.floor(nowMs + wallOffsetMs),
    monotonicMs: () => nowMs,
    bootMs: () => nowMs,
    schedule(delayMs, run): Cancel {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run, cancelled: false }
      timers.add(timer)
      return () => timers.cancel(timer)
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await settlePromises()
      while (await step(untilMs)) {
        // Each step lets promises settle.
      }
      await settlePromises()
    },
    step,
    settle: settlePromises,
    jumpWall(ms) {
      wallOffsetMs += ms
    },
    get pending() {
      return timers.size
    },
  }
}

/** A turn of the real event loop drains every promise that needs no input or output, however many follow from each other. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
