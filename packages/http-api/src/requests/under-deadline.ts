import { PiccoloError } from '@piccolo/core/spi'
import type { ApiContext, ApiScope } from '../scope.js'
import { linkedSignal, unlessAborted } from './linked-signal.js'

/** Runs one operation for as long as the client is there, the API is open and the deadline has not passed. */
export async function underDeadline<T>(scope: ApiScope, context: ApiContext, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { requestDeadlineMs } = scope.limits
  const linked = linkedSignal([context.req.raw.signal, scope.closing])
  const cancel = scope.clock.schedule(requestDeadlineMs, () => {
    linked.abort(new PiccoloError('deadline-exceeded', `The master did not finish within ${String(requestDeadlineMs / 1000)} s. Look at what changed before you try again.`))
  })
  try {
    return await unlessAborted(run(linked.signal), linked.signal)
  } catch (error) {
    // An operation that ends with `aborted` only repeats what happened to the signal: the reason says it better.
    throw linked.signal.aborted ? linked.signal.reason : error
  } finally {
    cancel()
    linked.release()
  }
}
