import { PiccoloError, type Clock } from '@piccolo/core/spi'

/** What somebody was told who asked something of the master. `unknown`: nobody knows whether it was done. */
export type Answer = { readonly outcome: 'done' } | { readonly outcome: 'refused' | 'unknown'; readonly reason: string }

/** How long somebody waits for an answer before not knowing what came of it. */
const patienceMs = 20_000

/** Asks, and waits for as long as people do: whoever asked a master that has died waits for nothing. `isFine`: a refusal that is as good as a yes. */
export async function answerTo(clock: Clock, ask: (signal: AbortSignal) => Promise<unknown>, isFine: (error: PiccoloError) => boolean): Promise<Answer> {
  try {
    await patiently(clock, ask)
    return { outcome: 'done' }
  } catch (cause) {
    const error = PiccoloError.from(cause)
    if (isFine(error)) return { outcome: 'done' }
    const isOpen = error.retryable || error.code === 'aborted' || error.code === 'conflict'
    return { outcome: isOpen ? 'unknown' : 'refused', reason: `${error.code}: ${error.message}` }
  }
}

/** No answer is an error after a while. */
export function patiently<Result>(clock: Clock, ask: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const waiting = new AbortController()
    const cancel = clock.schedule(patienceMs, () => {
      waiting.abort()
      reject(new PiccoloError('deadline-exceeded', 'The master gave no answer.'))
    })
    ask(waiting.signal).finally(cancel).then(resolve, reject)
  })
}
