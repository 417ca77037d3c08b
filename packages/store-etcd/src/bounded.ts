import type { Clock } from '@piccolo/core/spi'

export interface Bounds {
  readonly clock: Clock
  readonly deadlineMs: number
  /** What to abort with when time is up. */
  readonly late: () => Error
  /** Any of them ends it, with its own reason. */
  readonly signals: readonly AbortSignal[]
}

/** Runs with a signal that is aborted when one of the given ones is, or when time is up. What it listens to is let go in the end. */
export async function bounded<Result>({ clock, deadlineMs, late, signals }: Bounds, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController()
  const handOn = (event: Event): void => abort.abort((event.target as AbortSignal).reason) // only signals are listened to
  for (const signal of signals) {
    if (signal.aborted) abort.abort(signal.reason)
    else signal.addEventListener('abort', handOn)
  }
  const cancel = clock.schedule(deadlineMs, () => abort.abort(late()))
  try {
    return await run(abort.signal)
  } finally {
    cancel()
    for (const signal of signals) signal.removeEventListener('abort', handOn)
  }
}

/** The promise's outcome, unless the signal comes first: then its reason is thrown. The promise belongs to somebody else. */
export async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let release = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    release = () => signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    release()
  }
}
