import { PiccoloError } from '@piccolo/core/spi'
import type { HttpRequest } from '../http-call.js'
import { readStream, type StreamConnection, type StreamItem } from './read-stream.js'

export interface FollowConnection extends StreamConnection {
  readonly reconnect: { readonly minMs: number; readonly maxMs: number }
}

/**
 * A stream over as many connections as it takes, each resumed after the last event's id. The first must open; after that, only
 * an error that waiting cannot mend ends it.
 */
export async function* followStream(connection: FollowConnection, request: HttpRequest, signal: AbortSignal): AsyncGenerator<StreamItem, void> {
  let lastId: string | undefined
  let opened = false
  for (let attempt = 0; ; attempt += 1) {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    try {
      for await (const item of readStream(connection, { ...request, headers }, signal)) {
        if (item.type === 'opened') opened = true
        // Only what got through proves the way: a server that opens and cuts at once is not called more often for it.
        else attempt = 0
        if (item.type === 'message') lastId = item.message.lastId ?? lastId
        yield item
      }
      return
    } catch (error) {
      if (!opened || !PiccoloError.is(error) || !error.retryable) throw error
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
