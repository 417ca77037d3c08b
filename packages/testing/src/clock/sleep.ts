import { throwIfAborted, type Clock } from '@piccolo/core/spi'

/** Lets this much of the clock's time pass; rejects with `aborted` when the signal is, and leaves nothing behind. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  let wake = (): void => undefined
  const slept = new Promise<void>((resolve) => (wake = resolve))
  const cancel = clock.schedule(ms, wake)
  signal.addEventListener('abort', wake)
  await slept
  cancel()
  signal.removeEventListener('abort', wake)
  throwIfAborted(signal)
}
