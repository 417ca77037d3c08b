import { performance } from 'node:perf_hooks'
import type { Clock } from '@piccolo/core/spi'

/** Real time, for tests whose other half is a real socket. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  bootMs: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => { clearTimeout(timer) }
  },
}
