import { PiccoloError } from './piccolo-error.js'

/** Throws an `aborted` PiccoloError if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PiccoloError('aborted', 'The operation was aborted.', { cause: signal.reason })
}
