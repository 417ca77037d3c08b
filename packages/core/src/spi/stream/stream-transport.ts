import { PiccoloError, throwIfAborted } from '../../errors/index.js'
import type { AgentMessage, EnrollReply, EnrollRequest, MasterMessage, RenewReply, RenewRequest } from '../../protocol/index.js'
import type { AdapterContext } from '../ambient.js'
import type {
  AgentChannel, ClientTls, ServerTls, Transport, TransportAdapter, TransportCapabilities, TransportHandlers, TransportListener,
} from '../transport.js'
import { attempt, expected, translated, type AttemptParts } from './attempt.js'
import type { Packet } from './packet.js'
import { maxPacketBytes, sendBufferBytes } from './packet-stream.js'
import { ServedStream } from './serve-stream.js'
import { StreamChannel } from './stream-channel.js'
import type { StreamDriver } from './stream-driver.js'

/**
 * A Transport over any medium that carries bytes in order both ways: a WebSocket, QUIC, a serial line. The driver connects and does
 * TLS; packets, back-pressure, deadlines, errors that cross, orderly ends and whatever else a Transport owes are here. One connection
 * a call and a session, dialled once. See examples/custom-transport for one that is certified.
 */
export function streamTransport(driver: StreamDriver): TransportAdapter {
  return (context) => new StreamTransport(driver, context)
}

type Dialling = Pick<AttemptParts, 'address' | 'tls'> & { readonly signal: AbortSignal }

class StreamTransport implements Transport {
  readonly capabilities: TransportCapabilities
  readonly #driver: StreamDriver
  readonly #context: AdapterContext
  readonly #open = new Set<{ close(): Promise<void> }>()
  readonly #closed = new AbortController()

  constructor(driver: StreamDriver, context: AdapterContext) {
    this.#driver = driver
    this.#context = context
    this.capabilities = { name: driver.name, maxMessageBytes: maxPacketBytes, sendBufferBytes }
  }

  async listen(tls: ServerTls, handlers: TransportHandlers, signal: AbortSignal): Promise<TransportListener> {
    this.#ensureOpen(signal)
    const { listen, name } = this.#driver
    if (listen === undefined) throw new PiccoloError('failed-precondition', `This ${name} transport only dials: give it an address to listen at.`)
    const { clock } = this.#context
    const served = new Set<ServedStream>()
    const acceptor = await listen(tls, (stream, peer) => {
      const one = new ServedStream(stream, { peer, handlers, clock })
      served.add(one)
      void one.over.then(() => served.delete(one))
    }, signal).catch((error: unknown) => {
      throwIfAborted(signal)
      throw translated(error, 'Listening')
    })
    const listener: TransportListener = {
      address: acceptor.address,
      updateTls: (next) => acceptor.updateTls(next),
      close: async () => {
        this.#open.delete(listener)
        await Promise.all([acceptor.close(), ...[...served].map((one) => one.close())])
      },
    }
    this.#open.add(listener)
    return listener
  }

  enroll(address: string, request: EnrollRequest, tls: ClientTls, signal: AbortSignal): Promise<EnrollReply> {
    return this.#call({ address, tls, signal }, { kind: 'enroll', body: request })
  }

  renew(address: string, request: RenewRequest, tls: ClientTls, signal: AbortSignal): Promise<RenewReply> {
    return this.#call({ address, tls, signal }, { kind: 'renew', body: request })
  }

  connect(address: string, tls: ClientTls, signal: AbortSignal): Promise<AgentChannel> {
    return this.#attempt({ address, tls, signal }, async (packets, limit) => {
      await packets.send({ kind: 'session' }, limit)
      await expected(packets, 'opened')
      const channel = new StreamChannel<MasterMessage, AgentMessage>(packets, { peer: { address }, clock: this.#context.clock })
      this.#open.add(channel)
      void channel.over.then(() => this.#open.delete(channel))
      return channel
    })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#open].map((each) => each.close()))
  }

  #call(dialling: Dialling, request: Packet): Promise<EnrollReply> {
    return this.#attempt(dialling, async (packets, limit) => {
      await packets.send(request, limit)
      const { body } = await expected(packets, 'reply')
      packets.destroy()
      return body
    })
  }

  async #attempt<Result>({ address, tls, signal }: Dialling, use: Parameters<typeof attempt<Result>>[1]): Promise<Result> {
    this.#ensureOpen(signal)
    return attempt({ dial: this.#driver.dial, address, tls, signals: [signal, this.#closed.signal], clock: this.#context.clock }, use)
  }

  #ensureOpen(signal: AbortSignal): void {
    throwIfAborted(signal)
    if (this.#closed.signal.aborted) throw new PiccoloError('failed-precondition', 'The transport is closed.')
  }
}
