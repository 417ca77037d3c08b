import { setMaxListeners } from 'node:events'

/** For calls that a case never aborts. */
export const never: AbortSignal = neverAborted()

/** For calls that were aborted before they began. */
export const aborted: AbortSignal = AbortSignal.abort()

/** Many calls at once listen to it; Node would take that for a leak. */
function neverAborted(): AbortSignal {
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  return signal
}
