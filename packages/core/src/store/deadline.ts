import { PiccoloError, throwIfAborted } from '../errors/index.js'
import type { Clock } from '../spi/index.js'

export interface CallOptions {
  /** Ends the call early; an aborted call has no effect. */
  readonly signal?: AbortSignal | undefined
  /** Longest wait for an answer. Default: the store's own, 5 s unless set otherwise. */
  readonly deadlineMs?: number | undefined
}

/**
 * Runs `call` until it settles or the deadline passes, which rejects with `deadline-exceeded` whether or not the other side
 * lets go. An abort by the caller is handed on and its outcome awaited: only the other side knows whether it came in time.
 */
export async function withDeadline<Result>(
  clock: Clock,
  options: CallOptions & { readonly deadlineMs: number; readonly what: string },
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { deadlineMs, signal, what } = options
  throwIfAborted(signal)
  const abort = new AbortController()
  const handOn = (): void => abort.abort(signal?.reason)
  signal?.addEventListener('abort', handOn)
  let cancel = (): void => undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(deadlineMs, () => {
      reject(new PiccoloError('deadline-exceeded', `The store gave no answer to ${what} within ${deadlineMs} ms; is it reachable and not overloaded?`))
      abort.abort()
    })
  })
  try {
    return await Promise.race([call(abort.signal), deadline])
  } finally {
    cancel()
    signal?.removeEventListener('abort', handOn)
  }
}
