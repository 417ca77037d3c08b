import { PiccoloError, throwIfAborted } from '../errors/index.js'
import type { Clock } from '../spi/index.js'

export interface Deadline {
  readonly clock: Clock
  readonly ms: number
  readonly signal: AbortSignal
  /** What is being done, for the message: `Pulling the image`. */
  readonly what: string
}

/** Runs one call, cut off after `ms` or with the signal even if the callee ignores the signal it was given. */
export async function withDeadline<Result>(deadline: Deadline, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const { clock, ms, signal, what } = deadline
  throwIfAborted(signal)
  const controller = new AbortController()
  let release = (): void => undefined
  const cut = new Promise<never>((_, reject) => {
    const end = (error: PiccoloError): void => {
      reject(error)
      controller.abort(error)
    }
    const aborted = (): void => end(new PiccoloError('aborted', `${what} was given up.`))
    const cancel = clock.schedule(ms, () => end(new PiccoloError('deadline-exceeded', `${what} took longer than ${ms} ms.`)))
    signal.addEventListener('abort', aborted, { once: true })
    release = () => {
      cancel()
      signal.removeEventListener('abort', aborted)
    }
  })
  try {
    return await Promise.race([run(controller.signal), cut])
  } finally {
    release()
  }
}
