import { PiccoloError } from '@piccolo/core/spi'

/** Resolves when the process is asked to stop, or what runs has ended; rejects when it can't go on. */
export async function untilStopped(stop: AbortSignal, ended?: Promise<void>): Promise<void> {
  let release = (): void => undefined
  const stopped = new Promise<void>((resolve) => {
    const onAbort = (): void => { resolve() }
    if (stop.aborted) onAbort()
    else stop.addEventListener('abort', onAbort, { once: true })
    release = () => { stop.removeEventListener('abort', onAbort) }
  })
  try {
    await Promise.race(ended === undefined ? [stopped] : [stopped, ended])
  } finally {
    release()
  }
}

/** Starting is part of what a signal may end in good order. */
export async function unlessStopped(stop: AbortSignal, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(stop.aborted && PiccoloError.is(error, 'aborted'))) throw error
  }
}
