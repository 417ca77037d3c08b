import { request, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { PiccoloError, throwIfAborted, type Clock } from '@piccolo/core/spi'
import { translateConnection, translateFailure, translateFile } from '../errors.js'
import { asObject, asText, parseJson } from '../json.js'
import type { OnDemandService, ServiceInstance } from './on-demand-service.js'

/** One request to Podman. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/libpod`, e.g. `/containers/json`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** An object travels as JSON, a stream as a tar archive. */
  readonly body?: object | Readable
  /** What is being done, as the beginning of an error message. */
  readonly doing: string
  /** Statuses from 400 on that are answers, not failures. */
  readonly expect?: readonly number[]
  readonly deadlineMs?: number
  readonly signal: AbortSignal
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

const largestAnswerBytes = 32 * 1024 * 1024

/** Calls over Podman's REST service: deadlines, cancellation, errors with codes. */
export class PodmanApi {
  readonly #service: OnDemandService
  readonly #clock: Clock
  readonly #deadlineMs: number

  constructor(service: OnDemandService, { clock, deadlineMs }: { readonly clock: Clock; readonly deadlineMs: number }) {
    this.#service = service
    this.#clock = clock
    this.#deadlineMs = deadlineMs
  }

  /** The whole answer. */
  async call(call: ApiCall): Promise<ApiAnswer> {
    const limits = this.#limit(call, call.deadlineMs ?? this.#deadlineMs)
    try {
      try {
        return await this.#once(call, limits.signal)
      } catch (error) {
        // A question may be asked again when the service was ended under it; anything else is the caller's decision.
        if (call.method !== 'GET' || limits.signal.aborted || !(error instanceof BrokenConnection)) throw error
        return await this.#once(call, limits.signal)
      }
    } catch (error) {
      throw limits.explain(error)
    } finally {
      limits.lift()
    }
  }

  /** The answer as it comes, for as long as it takes unless the call has a deadline. */
  async *stream(call: ApiCall): AsyncGenerator<Buffer, void> {
    const limits = this.#limit(call, call.deadlineMs)
    try {
      const instance = await this.#service.acquire()
      try {
        const response = await send(instance, call, limits.signal)
        if ((response.statusCode ?? 0) >= 400) await readAnswer(call, response) // throws: a stream has no expected failures
        yield* response as AsyncIterable<Buffer>
      } finally {
        this.#service.release(instance)
      }
    } catch (error) {
      throw limits.explain(error)
    } finally {
      limits.lift()
    }
  }

  async #once(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    const instance = await this.#service.acquire()
    try {
      return await readAnswer(call, await send(instance, call, signal))
    } catch (error) {
      if (PiccoloError.is(error) || signal.aborted) throw error
      this.#service.forget(instance)
      throw new BrokenConnection(error)
    } finally {
      this.#service.release(instance)
    }
  }

  /** The caller's signal and the deadline in one. */
  #limit({ signal, doing }: ApiCall, deadlineMs: number | undefined): Limits {
    throwIfAborted(signal)
    const controller = new AbortController()
    const abort = (): void => controller.abort()
    signal.addEventListener('abort', abort, { once: true })
    const cancel = deadlineMs === undefined ? undefined : this.#clock.schedule(deadlineMs, abort)
    return {
      signal: controller.signal,
      lift() {
        cancel?.()
        signal.removeEventListener('abort', abort)
      },
      explain(error) {
        if (signal.aborted) return new PiccoloError('aborted', `${doing} was aborted.`, { cause: error })
        if (controller.signal.aborted) return new PiccoloError('deadline-exceeded', `${doing} took longer than ${deadlineMs} ms.`, { cause: error })
        return PiccoloError.is(error) ? error : translateConnection(doing, error instanceof BrokenConnection ? error.cause : error)
      },
    }
  }
}

interface Limits {
  readonly signal: AbortSignal
  lift(): void
  explain(error: unknown): PiccoloError
}

class BrokenConnection extends Error {
  constructor(cause: unknown) {
    super('The connection to Podman broke.', { cause })
  }
}

function send(instance: ServiceInstance, { method, path, query, body, doing }: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const parameters = new URLSearchParams(Object.entries(query ?? {}).map(([key, value]): [string, string] => [key, String(value)])).toString()
    const outgoing = request({
      socketPath: instance.socketPath, agent: instance.agent, method, signal,
      path: `/v4.0.0/libpod${path}${parameters === '' ? '' : `?${parameters}`}`,
      headers: body === undefined ? {} : { 'content-type': isStream(body) ? 'application/x-tar' : 'application/json' },
    })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    if (isStream(body)) {
      body.once('error', (error) => outgoing.destroy(translateFile(doing, error)))
      // An answer to half an archive is a refusal: the rest is not sent, and the file let go of.
      outgoing.once('response', (response: IncomingMessage) => response.once('close', () => outgoing.destroy()))
      outgoing.once('close', () => body.destroy())
      body.pipe(outgoing)
    } else {
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    }
  })
}

function isStream(body: object | undefined): body is Readable {
  return body !== undefined && 'pipe' in body
}

async function readAnswer(call: ApiCall, response: IncomingMessage): Promise<ApiAnswer> {
  const status = response.statusCode ?? 0
  const text = await readText(response)
  const body = text === '' ? undefined : parseJson(text)
  if (status < 400 || call.expect?.includes(status) === true) return { status, body }
  throw translateFailure({ doing: call.doing, text: asText(asObject(body)['message']) ?? text, status })
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestAnswerBytes) throw new PiccoloError('too-large', `Podman's answer is larger than ${largestAnswerBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
