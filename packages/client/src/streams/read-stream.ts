import { PiccoloError } from '@piccolo/core/spi'
import { connectionError, refusal, strangeAnswer } from '../errors.js'
import type { BodyReader } from '../fetch-like.js'
import { abortedError, send, withinDeadline, type Connection, type HttpRequest } from '../http-call.js'
import { sseParser, type SseMessage } from './sse-parser.js'

export interface StreamConnection extends Connection {
  /** A stream that carries nothing, not even a heartbeat, for this long is dead. */
  readonly silenceMs: number
}

export type StreamItem = { readonly type: 'opened' } | { readonly type: 'message'; readonly message: SseMessage }

/** `details.reason` of a stream that was cut: it neither ended nor failed by the master's own word. */
export const cutReason = 'stream-cut'

/** One connection's events. Returns when the master ends the stream; throws what the master says went wrong, or that it was cut. */
export async function* readStream(connection: StreamConnection, request: HttpRequest, signal: AbortSignal): AsyncGenerator<StreamItem, void> {
  // Bounds the body as well, so it is not the deadline's signal, which ends with the opening.
  const life = new AbortController()
  const onAbort = (): void => { life.abort(abortedError(signal.reason)) }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    const reader = await withinDeadline(connection, life.signal, () => openBody(connection, request, life.signal))
    yield { type: 'opened' }
    const parse = sseParser()
    const decoder = new TextDecoder()
    for (;;) {
      const part = await nextPart(reader, connection, life.signal)
      for (const message of parse(decoder.decode(part, { stream: true }))) {
        if (message.event === 'end') return
        if (message.event === 'problem') throw refusal(message.data, 200, connection.address)
        yield { type: 'message', message }
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    life.abort(new PiccoloError('aborted', 'The stream has ended.'))
  }
}

async function openBody(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<BodyReader> {
  const { body, headers } = await send(connection, { ...request, headers: { accept: 'text/event-stream', ...request.headers } }, signal)
  if (body === null || headers.get('content-type')?.startsWith('text/event-stream') !== true) throw strangeAnswer(connection.address, 'no event stream')
  return body.getReader()
}

async function nextPart(reader: BodyReader, { address, silenceMs }: StreamConnection, signal: AbortSignal): Promise<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`nothing came for ${String(silenceMs / 1000)} s`)) }, silenceMs)
  })
  try {
    const { value } = await Promise.race([reader.read(), silence])
    if (value !== undefined) return value
  } catch (error) {
    throw signal.aborted ? signal.reason : cut(address, error)
  } finally {
    clearTimeout(timer)
  }
  throw cut(address, new Error('the connection was closed'))
}

function cut(address: string, error: unknown): PiccoloError {
  const reason = connectionError(error, address).details['reason']
  return new PiccoloError('unavailable', `The stream from ${address} was cut (${String(reason)}).`, { details: { address, reason: cutReason }, cause: error })
}
