import type { AdapterContext } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'

/** Time as it is: what runs over sockets cannot wait for a clock that stands still. */
export function realContext(): AdapterContext {
  const clock = {
    ...manualClock(),
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    bootMs: () => performance.now(),
    schedule: (delayMs: number, run: () => void) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  }
  return { clock, random: seededRandom(1), logger: silentLogger }
}
