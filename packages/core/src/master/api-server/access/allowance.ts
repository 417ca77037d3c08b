import type { Clock } from '../../../spi/index.js'

/** So many at once, and one more each `everyMs`: a bound for what others can make us write. */
export function allowance(clock: Clock, { burst, everyMs }: { readonly burst: number; readonly everyMs: number }): () => boolean {
  let left = burst
  let countedMs = clock.monotonicMs()
  return () => {
    const earned = Math.floor((clock.monotonicMs() - countedMs) / everyMs)
    left = Math.min(burst, left + earned)
    countedMs += earned * everyMs
    if (left === 0) return false
    left -= 1
    return true
  }
}
