/** A signal for calls that a case never aborts. */
export const never: AbortSignal = new AbortController().signal
