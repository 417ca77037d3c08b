import { setLogger } from '@grpc/grpc-js'
import {
  PiccoloError, type AdapterContext, type AgentChannel, type ClientTls, type EnrollReply, type EnrollRequest, type Logger, type RenewReply,
  type RenewRequest, type ServerTls, type Transport, type TransportAdapter, type TransportCapabilities, type TransportHandlers,
  type TransportListener,
} from '@piccolo/core/spi'
import { parseAddress } from './address.js'
import { attempt, type AttemptOptions } from './client/attempt.js'
import { call } from './client/call.js'
import { openSession, type AgentGrpcChannel } from './client/open-session.js'
import { frames, maxMessageBytes } from './codec/frames.js'
import { LinkServiceService } from './generated/piccolo/v1/link_service.js'
import { sendBufferBytes } from './session/grpc-channel.js'

export interface GrpcTransportOptions {
  /** Where a master listens: `0.0.0.0:47100`, `[::]:47100`; port 0 takes a free one. An agent leaves it out. */
  readonly listen?: string
  /** Longest wait for a connection, or for the answer to enroll or renew, in milliseconds; the caller's signal may end it earlier. Default 15 000. */
  readonly timeoutMs?: number
}

const capabilities: TransportCapabilities = { name: 'grpc', maxMessageBytes, sendBufferBytes }

/**
 * gRPC over TLS 1.3, and never anything less: enroll and renew are unary calls, a session is one bidirectional stream. Addresses
 * are `host:port`. Each call and each session has a connection of its own, dialled once; nothing is retried behind the caller's back.
 * Throws `invalid-argument` at once for a `listen` that is no address.
 */
export function grpcTransport(options: GrpcTransportOptions = {}): TransportAdapter {
  if (options.listen !== undefined) parseAddress(options.listen)
  return (context) => new GrpcTransport(options, context)
}

class GrpcTransport implements Transport {
  readonly capabilities = capabilities
  readonly #options: GrpcTransportOptions
  readonly #context: AdapterContext
  readonly #listeners = new Set<TransportListener>()
  readonly #channels = new Set<AgentGrpcChannel>()
  readonly #closed = new AbortController()

  constructor(options: GrpcTransportOptions, context: AdapterContext) {
    this.#options = options
    this.#context = context
  }

  async listen(tls: ServerTls, handlers: TransportHandlers, signal: AbortSignal): Promise<TransportListener> {
    this.#ensureOpen()
    const { listen } = this.#options
    if (listen === undefined) {
      throw new PiccoloError('failed-precondition', "This transport has no address to listen at: write grpcTransport({ listen: '0.0.0.0:47100' }).")
    }
    routeGrpcLog(this.#context.logger)
    // An agent never listens: what only a master needs stays out of its memory.
    const { openListener } = await import('./server/grpc-listener.js')
    const listener = await openListener({ listen, tls, handlers, context: this.#context }, signal)
    this.#listeners.add(listener)
    return listener
  }

  enroll(address: string, request: EnrollRequest, tls: ClientTls, signal: AbortSignal): Promise<EnrollReply> {
    const method = { path: LinkServiceService.enroll.path, request: frames.enrollRequest, reply: frames.enrollReply }
    return this.#attempt({ address, tls, signal }, (dial) => call(dial, method, request))
  }

  renew(address: string, request: RenewRequest, tls: ClientTls, signal: AbortSignal): Promise<RenewReply> {
    const method = { path: LinkServiceService.renew.path, request: frames.renewRequest, reply: frames.renewReply }
    return this.#attempt({ address, tls, signal }, (dial) => call(dial, method, request))
  }

  async connect(address: string, tls: ClientTls, signal: AbortSignal): Promise<AgentChannel> {
    const channel = await this.#attempt({ address, tls, signal }, (dial) => openSession(dial, this.#context.clock))
    this.#channels.add(channel)
    channel.onOver(() => this.#channels.delete(channel))
    return channel
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#listeners, ...this.#channels].map((each) => each.close()))
  }

  async #attempt<Result>(
    { address, tls, signal }: Pick<AttemptOptions, 'address' | 'tls'> & { readonly signal: AbortSignal },
    use: Parameters<typeof attempt<Result>>[1],
  ): Promise<Result> {
    this.#ensureOpen()
    const timeoutMs = this.#options.timeoutMs ?? 15_000
    return attempt({ address, tls, signals: [signal, this.#closed.signal], clock: this.#context.clock, timeoutMs }, use)
  }

  #ensureOpen(): void {
    if (this.#closed.signal.aborted) throw new PiccoloError('failed-precondition', 'The transport is closed.')
  }
}

/** gRPC's own remarks would go to the console; what matters of them comes as an error anyway. */
function routeGrpcLog(logger: Logger): void {
  const debug = (text: unknown): void => logger.debug({ text }, 'grpc')
  setLogger({ error: debug, info: debug, debug })
}
