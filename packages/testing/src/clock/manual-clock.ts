import type { Cancel, Clock } from '@piccolo/core/spi'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

export interface ManualClock extends Clock {
  /** Runs every timer that falls due within the next `ms`, in order, each at its own time, letting promises settle after each. */
  advance(ms: number): Promise<void>
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
  const timers = new Set<Timer>()

  const next = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue
      if (first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) first = timer
    }
    return first
  }

  return {
    wallMs: () => nowMs + wallOffsetMs,
    monotonicMs: () => nowMs,
    bootMs: () => nowMs,
    schedule(delayMs, run): Cancel {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await settlePromises()
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer)
        nowMs = timer.dueMs
        timer.run()
        await settlePromises()
      }
      nowMs = untilMs
      await settlePromises()
    },
    settle: settlePromises,
    jumpWall(ms) {
      wallOffsetMs += ms
    },
    get pending() {
      return timers.size
    },
  }
}

/** A turn of the real event loop drains every promise that needs no input or output. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
