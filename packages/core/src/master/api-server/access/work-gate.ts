import { PiccoloError, throwIfAborted } from '../../../errors/index.js'

/** Lets a few in at a time and the others wait in turn, so that a crowd at the door leaves room for those inside. */
export interface WorkGate {
  /** `resource-exhausted` when too many wait already. */
  run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>
}

export function workGate({ atOnce, mostWaiting }: { readonly atOnce: number; readonly mostWaiting: number }): WorkGate {
  const waiting: (() => void)[] = []
  let running = 0

  const enter = async (signal: AbortSignal): Promise<void> => {
    if (running < atOnce) {
      running += 1
      return
    }
    if (waiting.length >= mostWaiting) throw new PiccoloError('resource-exhausted', 'Too many nodes are joining at once. Try again soon.')
    // Whoever leaves hands its place on: `running` stays what it is.
    await new Promise<void>((resolve) => { waiting.push(resolve) })
    if (signal.aborted) leave()
    throwIfAborted(signal)
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async run(work, signal) {
      await enter(signal)
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
