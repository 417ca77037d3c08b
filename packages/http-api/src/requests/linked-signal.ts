import { PiccoloError } from '@piccolo/core/spi'

/** One signal that aborts with the first of several. `release` takes the listeners away again, so that long-lived signals stay clean. */
export function linkedSignal(sources: readonly AbortSignal[]): { readonly signal: AbortSignal; abort(reason: unknown): void; release(): void } {
  const controller = new AbortController()
  const listeners = sources.map((source) => {
    const listener = (): void => { controller.abort(PiccoloError.is(source.reason) ? source.reason : new PiccoloError('aborted', 'The client went away.')) }
    if (source.aborted) listener()
    else source.addEventListener('abort', listener, { once: true })
    return { source, listener }
  })
  return {
    signal: controller.signal,
    abort: (reason) => { controller.abort(reason) },
    release: () => {
      for (const { source, listener } of listeners) source.removeEventListener('abort', listener)
    },
  }
}

/** `work`, unless the signal aborts first: then its reason is thrown, even if the work pays no heed. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(signal.reason as Error) } // whoever aborts gives an error
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
