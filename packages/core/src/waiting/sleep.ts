import type { Clock } from '../spi/index.js'

/** Waits on the given clock; answers false when the signal cut it short. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false)
  return new Promise((resolve) => {
    const finish = (whole: boolean) => () => {
      cancel()
      signal?.removeEventListener('abort', cut)
      resolve(whole)
    }
    const cut = finish(false)
    const cancel = clock.schedule(ms, finish(true))
    signal?.addEventListener('abort', cut, { once: true })
  })
}
