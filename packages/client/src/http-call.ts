import { PiccoloError } from '@piccolo/core/spi'
import { connectionError, refusal, strangeAnswer } from './errors.js'
import type { FetchLike, FetchLikeResponse } from './fetch-like.js'

export interface Connection {
  readonly address: string
  readonly token?: string
  readonly fetch: FetchLike
  readonly deadlineMs: number
}

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One request, its answer read to the end, within the deadline. */
export async function callJson(connection: Connection, request: HttpRequest, signal?: AbortSignal): Promise<unknown> {
  return await withinDeadline(connection, signal, async (bounded) => {
    const response = await send(connection, request, bounded)
    const text = await response.text()
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw strangeAnswer(connection.address, 'no JSON')
    }
  })
}

/** Sends; a refusal is thrown as the error it carries. The body of what comes back is the caller's to read. */
export async function send({ address, token, fetch }: Connection, request: HttpRequest, signal: AbortSignal): Promise<FetchLikeResponse> {
  const { method, path, body, headers = {} } = request
  const response = await fetch(address + path, {
    method, signal,
    headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (response.ok) return response
  throw refusal(await response.text(), response.status, address)
}

/** Runs with a signal that aborts at the deadline or with the caller's, says which it was, and waits for neither longer than that. */
export async function withinDeadline<T>({ address, deadlineMs }: Connection, signal: AbortSignal | undefined, run: (bounded: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const late = new PiccoloError('deadline-exceeded', `The master at ${address} did not answer within ${String(deadlineMs / 1000)} s.`, { details: { address } })
  const timer = setTimeout(() => { controller.abort(late) }, deadlineMs)
  const onAbort = (): void => { controller.abort(abortedError(signal?.reason)) }
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => { reject(controller.signal.reason as PiccoloError) }, { once: true }) // both who abort give one
  })
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([aborted, run(controller.signal)])
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : connectionError(error, address)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

export function abortedError(reason: unknown): PiccoloError {
  return PiccoloError.is(reason) ? reason : new PiccoloError('aborted', 'The call was aborted.', { cause: reason })
}
