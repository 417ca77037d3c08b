import type { Clock, Random } from '../spi/index.js'

/** A delay with full jitter: anywhere between nothing and `firstMs` doubled once per attempt, never above `capMs`. */
export function jitteredDelayMs(random: Random, attempt: number, bounds: { readonly firstMs: number; readonly capMs: number }): number {
  return random.next() * Math.min(bounds.capMs, bounds.firstMs * 2 ** Math.min(attempt, 30))
}

/** Resolves after `delayMs` on the clock, or as soon as the signal is aborted; leaves no timer and no listener. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.schedule(delayMs, end)
    signal?.addEventListener('abort', end)
  })
}
