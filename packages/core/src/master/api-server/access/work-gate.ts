import { PiccoloError, throwIfAborted } from '../../../errors/index.js'

/** Lets a few in at a time and the others wait in turn, so that a crowd at the door leaves room for those inside. */
export interface WorkGate {
  /** `resource-exhausted` when too many wait already. */
  run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>
}

export function workGate({ atOnce, mostWaiting }: { readonly atOnce: number; readonly mostWaiting: number }): WorkGate {
  const waiting: PlaceInLine[] = []
  let running = 0

  const enter = async (signal: AbortSignal): Promise<void> => {
    throwIfAborted(signal)
    if (running < atOnce) {
      running += 1
      return
    }
    if (waiting.length >= mostWaiting) throw new PiccoloError('resource-exhausted', 'Too many nodes are joining at once. Try again soon.')
    // Whoever leaves hands its place on: `running` stays what it is.
    const place = new PlaceInLine()
    waiting.push(place)
    const giveUp = (): void => {
      const at = waiting.indexOf(place)
      if (at >= 0) waiting.splice(at, 1)
      place.giveUp(new PiccoloError('aborted', 'The caller has hung up.'))
    }
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await place.turn
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next.call()
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

class PlaceInLine {
  call: () => void = () => undefined
  giveUp: (reason: Error) => void = () => undefined
  readonly turn = new Promise<void>((resolve, reject) => {
    this.call = resolve
    this.giveUp = reject
  })
}
