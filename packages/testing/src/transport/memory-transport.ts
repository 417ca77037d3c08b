import {
  PiccoloError, throwIfAborted, type AdapterContext, type AgentChannel, type AgentMessage, type ClientTls, type EnrollReply, type EnrollRequest,
  type MasterMessage, type Peer, type RenewReply, type RenewRequest, type ServerTls, type Transport, type TransportCapabilities,
  type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import type { Fabric } from './fabric.js'
import { MemoryChannel } from './memory-channel.js'
import { MemoryConnection, travel } from './memory-connection.js'
import { MemoryListener } from './memory-listener.js'
import { packed } from './parcel.js'
import type { Verifier } from './verifier.js'

const dialWithinMs = 15_000

const capabilities: TransportCapabilities = { name: 'memory', maxMessageBytes: 4 * 1024 * 1024, sendBufferBytes: 256 * 1024 }

interface TransportParts {
  readonly fabric: Fabric
  readonly verifier: Verifier
  readonly listeners: Map<string, MemoryListener>
  readonly context: AdapterContext
  readonly name: string
  readonly listen: string | undefined
}

/** A connection on which both sides have shown what they can prove. */
interface Established {
  readonly connection: MemoryConnection
  readonly listener: MemoryListener
  readonly peer: Peer
  /** Aborts when the connection breaks or the caller goes away. */
  readonly gone: AbortSignal
}

/** One place's Transport over the network in memory. */
export class MemoryTransport implements Transport {
  readonly capabilities = capabilities
  readonly #parts: TransportParts
  readonly #listeners = new Set<MemoryListener>()
  readonly #channels = new Set<MemoryChannel<MasterMessage, AgentMessage>>()
  readonly #closed = new AbortController()
  #ports = 0

  constructor(parts: TransportParts) {
    this.#parts = parts
  }

  async listen(tls: ServerTls, handlers: TransportHandlers, signal: AbortSignal): Promise<TransportListener> {
    this.#ensureOpen(signal)
    const { listeners, context, listen } = this.#parts
    if (listen === undefined) throw new PiccoloError('failed-precondition', 'This transport has no address to listen at: give it { listen }.')
    const listener = new MemoryListener({ listeners, clock: context.clock, address: listen, tls, handlers })
    this.#listeners.add(listener)
    return listener
  }

  enroll(address: string, request: EnrollRequest, tls: ClientTls, signal: AbortSignal): Promise<EnrollReply> {
    return this.#call(address, { request, tls, signal }, (handlers, sent, { peer, gone }) => handlers.enroll(sent, peer, gone))
  }

  renew(address: string, request: RenewRequest, tls: ClientTls, signal: AbortSignal): Promise<RenewReply> {
    return this.#call(address, { request, tls, signal }, (handlers, sent, { peer, gone }) => handlers.renew(sent, peer, gone))
  }

  connect(address: string, tls: ClientTls, signal: AbortSignal): Promise<AgentChannel> {
    return this.#dial(address, { tls, signal }, async ({ connection, listener, peer }) => {
      await travel(connection.up)
      if (peer.certificate === undefined) {
        await travel(connection.down)
        throw new PiccoloError('unauthenticated', 'A session needs a node certificate of this cluster: enroll or renew first.')
      }
      const { clock } = this.#parts.context
      const mine = new MemoryChannel<MasterMessage, AgentMessage>({ connection, side: 'client', out: connection.up, peer: { address }, clock, limits: capabilities })
      const theirs = new MemoryChannel<AgentMessage, MasterMessage>({ connection, side: 'server', out: connection.down, peer, clock: listener.clock, limits: capabilities })
      MemoryChannel.pair(mine, theirs)
      this.#channels.add(mine)
      mine.onDown(() => this.#channels.delete(mine))
      listener.open(theirs)
      await travel(connection.down)
      return mine
    })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#listeners, ...this.#channels].map((each) => each.close()))
  }

  #call<Request, Reply>(
    address: string,
    { request, tls, signal }: { request: Request; tls: ClientTls; signal: AbortSignal },
    serve: (handlers: TransportHandlers, request: Request, established: Established) => Promise<Reply>,
  ): Promise<Reply> {
    return this.#dial(address, { tls, signal }, async (established) => {
      const { connection, listener, gone } = established
      try {
        const sent = packed(request, capabilities)
        await travel(connection.up)
        // Copies of a typed request and reply, made a line away.
        const reply = await listener.call((handlers, ended) => serve(handlers, sent.content as Request, { ...established, gone: ended }), gone)
        const answered = packed(reply, capabilities)
        await travel(connection.down)
        return answered.content as Reply
      } finally {
        connection.release()
      }
    })
  }

  /** One attempt: TLS, then `use`. Ends by the signal, after 15 s, or when the connection breaks, whichever is first. */
  async #dial<Result>(
    address: string,
    { tls, signal }: { tls: ClientTls; signal: AbortSignal },
    use: (established: Established) => Promise<Result>,
  ): Promise<Result> {
    this.#ensureOpen(signal)
    const { fabric, context, name } = this.#parts
    const gone = new AbortController()
    const connection = new MemoryConnection(fabric, { name, clock: context.clock }, { name: address, clock: context.clock })
    let fail: (error: PiccoloError) => void = () => undefined
    const failed = new Promise<never>((_resolve, reject) => (fail = reject))
    const onAbort = (): void => {
      gone.abort()
      fail(new PiccoloError('aborted', `Dialling ${address} was aborted.`, { cause: signal.reason }))
    }
    const cancelTimer = context.clock.schedule(dialWithinMs, () => fail(new PiccoloError('deadline-exceeded', `${address} did not answer within ${dialWithinMs / 1000} s.`)))
    const forget = connection.onSever('client', (error) => fail(error))
    const ending = AbortSignal.any([signal, this.#closed.signal])
    ending.addEventListener('abort', onAbort, { once: true })
    try {
      const established = async (): Promise<Result> => use(await this.#handshake(connection, { address, tls, gone: gone.signal }))
      return await Promise.race([failed, established()])
    } catch (error) {
      gone.abort()
      connection.sever('The connection was given up.')
      throw error
    } finally {
      cancelTimer()
      forget()
      ending.removeEventListener('abort', onAbort)
    }
  }

  /** The server shows its chain and is judged before anything else is told to it. */
  async #handshake(connection: MemoryConnection, { address, tls, gone }: { address: string; tls: ClientTls; gone: AbortSignal }): Promise<Established> {
    await travel(connection.up)
    const listener = this.#parts.listeners.get(address)
    await travel(connection.down)
    if (listener === undefined) throw new PiccoloError('unavailable', `Nobody listens at ${address}.`, { details: { address } })
    const { verifier } = this.#parts
    tls.verifyServer(verifier.chainOf(listener.tls.identity))
    throwIfAborted(gone)
    const certificate = verifier.verified(tls.identity, listener.tls.clientAuthoritiesPem)
    const own = `${this.#parts.name}:${(this.#ports += 1)}`
    return { connection, listener, gone, peer: certificate === undefined ? { address: own } : { address: own, certificate } }
  }

  #ensureOpen(signal: AbortSignal): void {
    throwIfAborted(signal)
    if (this.#closed.signal.aborted) throw new PiccoloError('failed-precondition', 'The transport is closed.')
  }
}
