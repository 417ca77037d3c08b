import { uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Cancel, Clock } from '../spi/index.js'

/** Node's timers fire at once when asked for more than this. */
const longestTimerMs = 2 ** 31 - 1

/**
 * The machine's clocks. `bootMs` counts suspend on Linux (from /proc/uptime); elsewhere it is the monotonic clock, which the
 * system counts from its boot. A pending `schedule` keeps the process alive: whoever asked for it cancels it.
 */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  bootMs: () => (process.platform === 'linux' ? uptime() * 1_000 : Number(process.hrtime.bigint() / 1_000_000n)),
  schedule: (delayMs, run) => (delayMs > 0 ? afterAtLeast(delayMs, run) : nextTurn(run)),
}

function nextTurn(run: () => void): Cancel {
  const immediate = setImmediate(run)
  return () => clearImmediate(immediate)
}

/** Looks at the clock again when the timer fires: Node's timers may be early by a fraction of a millisecond, and end at 24 days. */
function afterAtLeast(delayMs: number, run: () => void): Cancel {
  const dueMs = performance.now() + delayMs
  let timer: NodeJS.Timeout
  const wait = (): void => {
    timer = setTimeout(() => {
      if (performance.now() < dueMs) wait()
      else run()
    }, Math.min(Math.ceil(dueMs - performance.now()), longestTimerMs))
  }
  wait()
  return () => clearTimeout(timer)
}
