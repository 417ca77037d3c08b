import type { Clock } from '@piccolo/core/spi'
import { heartbeatFrame } from './frame.js'

export interface FrameBodyOptions {
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly stallMs: number
  /** Aborts when the stream has to end from this side. */
  readonly signal: AbortSignal
  /** The client has taken nothing for `stallMs`. */
  onStall(): void
  /** Once, however the stream ended. */
  onEnd(): void
}

/**
 * A response body that asks its source for a frame only when the client took the one before: a slow client slows its own
 * stream and nothing piles up here.
 */
export function frameBody(frames: AsyncIterator<string, void>, options: FrameBodyOptions): ReadableStream<Uint8Array> {
  const { clock, heartbeatMs, stallMs, signal } = options
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<string, void>> | undefined
  let cancelStall = (): void => undefined
  let ended = false

  const end = (): void => {
    if (ended) return
    ended = true
    cancelStall()
    options.onEnd()
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      cancelStall()
      next ??= frames.next()
      const outcome = await firstOf(next, clock, heartbeatMs, signal)
      if (outcome === 'aborted' || (outcome !== 'silent' && outcome.done === true)) {
        controller.close()
        end()
        return
      }
      if (outcome !== 'silent') next = undefined
      controller.enqueue(encoder.encode(outcome === 'silent' ? heartbeatFrame : outcome.value))
      if (!ended) cancelStall = clock.schedule(stallMs, options.onStall)
    },
    cancel: end,
  }, { highWaterMark: 0 })
}

async function firstOf<T>(next: Promise<T>, clock: Clock, silenceMs: number, signal: AbortSignal): Promise<T | 'silent' | 'aborted'> {
  let release = (): void => undefined
  const other = new Promise<'silent' | 'aborted'>((resolve) => {
    const onAbort = (): void => { resolve('aborted') }
    const cancel = clock.schedule(silenceMs, () => { resolve('silent') })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    release = () => {
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
  })
  try {
    return await Promise.race([next, other])
  } finally {
    release()
  }
}
