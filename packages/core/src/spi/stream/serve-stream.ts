import { PiccoloError, throwIfAborted } from '../../errors/index.js'
import type { AgentMessage, EnrollReply, MasterMessage } from '../../protocol/index.js'
import type { Clock } from '../ambient.js'
import type { Peer, TransportHandlers } from '../transport.js'
import type { ByteStream } from './byte-stream.js'
import { wireErrorOf, type Packet } from './packet.js'
import { PacketStream } from './packet-stream.js'
import { StreamChannel } from './stream-channel.js'

/** A stranger may say what it wants within this time and size, before anything is known of it. */
const firstWithinMs = 15_000
const firstBytes = 64 * 1024
/** How long the other side may take to let go once it has its answer. */
const lingerMs = 1_000
const uncut = new AbortController().signal

interface ServedParts {
  readonly peer: Peer
  readonly handlers: TransportHandlers
  readonly clock: Clock
}

/** One accepted connection, from its first packet to its end. */
export class ServedStream {
  /** Resolves when it is over. */
  readonly over: Promise<void>
  readonly #packets: PacketStream
  readonly #parts: ServedParts
  readonly #call = new AbortController()
  #channel: StreamChannel<AgentMessage, MasterMessage> | undefined

  constructor(stream: ByteStream, parts: ServedParts) {
    this.#packets = new PacketStream(stream)
    this.#parts = parts
    this.over = this.#serve()
  }

  /** Ends a session in good order, and at once whatever else it is. */
  async close(): Promise<void> {
    this.#call.abort()
    if (this.#channel === undefined) this.#packets.destroy()
    else await this.#channel.close()
  }

  async #serve(): Promise<void> {
    const { handlers, peer } = this.#parts
    try {
      const first = await this.#within(firstWithinMs, this.#packets.read(firstBytes))
      if (first?.kind === 'session') await this.#session()
      else if (first?.kind === 'enroll') await this.#answer((signal) => handlers.enroll(first.body, peer, signal))
      else if (first?.kind === 'renew') await this.#answer((signal) => handlers.renew(first.body, peer, signal))
    } catch {
      // The connection broke, or what came is no language of ours: there is nobody left to tell.
    } finally {
      this.#packets.destroy()
    }
  }

  async #answer(handle: (signal: AbortSignal) => Promise<EnrollReply>): Promise<void> {
    const { signal } = this.#call
    const gone = this.#silence().then(() => this.#call.abort())
    const answer = await handle(signal).then(
      (body): Packet => ({ kind: 'reply', body }),
      (error: unknown): Packet => ({ kind: 'error', body: wireErrorOf(error) }),
    )
    throwIfAborted(signal)
    this.#packets.finish(answer)
    await this.#within(lingerMs, gone)
  }

  async #session(): Promise<void> {
    const { handlers, peer, clock } = this.#parts
    if (peer.certificate === undefined) {
      const error = new PiccoloError('unauthenticated', 'A session needs a node certificate of this cluster: enroll or renew first.')
      this.#packets.finish({ kind: 'error', body: wireErrorOf(error) })
      await this.#within(lingerMs, this.#silence())
      return
    }
    await this.#packets.send({ kind: 'opened' }, uncut)
    const channel = new StreamChannel<AgentMessage, MasterMessage>(this.#packets, { peer, clock })
    this.#channel = channel
    await channel.finish(await handlers.session(channel, channel.down).then(() => undefined, (error: unknown) => ({ error })))
  }

  /** Nothing more is expected of the caller: whatever comes next, it is gone. */
  async #silence(): Promise<void> {
    await this.#packets.read(0).catch(() => undefined)
  }

  /** Lets go of the connection when this takes longer. */
  async #within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
    const cancel = this.#parts.clock.schedule(ms, () => this.#packets.destroy())
    try {
      return await promise
    } finally {
      cancel()
    }
  }
}
