import { PiccoloError } from '@piccolo/core/spi'
import type { ConnectionNews } from '../piccolo-client.js'
import type { StreamConnection, StreamItem } from './read-stream.js'

export interface FollowConnection extends StreamConnection {
  readonly reconnect: { readonly minMs: number; readonly maxMs: number }
}

export interface Following {
  readonly connection: FollowConnection
  readonly signal: AbortSignal
  readonly onConnection: ((news: ConnectionNews) => void) | undefined
  /** Opens the next connection, at the point that was reached. */
  open(reopened: boolean): AsyncIterable<StreamItem>
  /** What ends it when it is cut and can't go on from there; asked before each reconnection. Default: nothing does. */
  readonly hopeless?: (cut: PiccoloError) => PiccoloError | undefined
}

/**
 * One stream over as many connections as it takes. The first must open; after that, only an error that waiting cannot mend
 * ends it. Whoever listens is told once of each loss, and once when the connection stands again.
 */
export async function* overCuts({ connection, signal, onConnection, open, hopeless }: Following): AsyncGenerator<StreamItem, void> {
  let opened = false
  let lost = false
  for (let attempt = 0; ; attempt += 1) {
    try {
      for await (const item of open(opened)) {
        // Only what got through proves the way: a server that opens and cuts at once is not called more often for it.
        if (item.type === 'message') attempt = 0
        else opened = true
        if (lost) onConnection?.({ type: 'back' })
        lost = false
        yield item
      }
      return
    } catch (error) {
      if (!opened || signal.aborted || !PiccoloError.is(error) || !error.retryable) throw error
      const end = hopeless?.(error)
      if (end !== undefined) throw end
      if (!lost) onConnection?.({ type: 'lost', error })
      lost = true
    }
    await pause(backoffMs(connection.reconnect, attempt), signal)
  }
}

/** Exponential with full jitter, so that many clients of a restarted master do not come back at once. */
function backoffMs({ minMs, maxMs }: FollowConnection['reconnect'], attempt: number): number {
  return minMs + Math.random() * (Math.min(maxMs, minMs * 2 ** Math.min(attempt, 20)) - minMs)
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new PiccoloError('aborted', 'The stream was aborted.', { cause: signal.reason }))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, delayMs)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
