import { PiccoloError } from '../../errors/index.js'
import type { Clock } from '../ambient.js'
import type { Peer, SessionChannel } from '../transport.js'
import { errorOf, wireErrorOf } from './packet.js'
import type { PacketStream } from './packet-stream.js'

const closeWithinMs = 1_000

/** A session over a stream on which both sides have agreed to have one; the same on either side. */
export class StreamChannel<Incoming, Outgoing> implements SessionChannel<Incoming, Outgoing> {
  readonly peer: Peer
  readonly messages: AsyncIterable<Incoming>
  /** Resolves once nothing comes or goes any more. */
  readonly over: Promise<void>
  readonly #packets: PacketStream
  readonly #clock: Clock
  readonly #down = new AbortController()
  #end: { readonly error: PiccoloError | undefined } | undefined
  /** Read ahead by one, so that an end is noticed while nobody consumes. */
  #ahead: Incoming | undefined
  #wakeReader: (() => void) | undefined
  #wakePump: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(packets: PacketStream, { peer, clock }: { readonly peer: Peer; readonly clock: Clock }) {
    this.#packets = packets
    this.#clock = clock
    this.peer = peer
    this.messages = this.#consume()
    this.over = this.#pump()
  }

  /** Aborts when nothing can be sent any more. */
  get down(): AbortSignal {
    return this.#down.signal
  }

  async send(message: Outgoing, signal: AbortSignal): Promise<void> {
    await this.#packets.send({ kind: 'message', body: message }, signal)
  }

  close(): Promise<void> {
    return this.finish()
  }

  /** Closes; with a failure, the other side's messages end in it. */
  finish(failure?: { readonly error: unknown }): Promise<void> {
    this.#closing ??= this.#close(failure)
    return this.#closing
  }

  /**
   * Reads on, past what nobody takes any more, until the other side ends as well: closed with something unread, a connection
   * would tell the other side that it broke.
   */
  async #close(failure: { readonly error: unknown } | undefined): Promise<void> {
    if (this.#end === undefined) {
      this.#goDown(undefined)
      this.#packets.finish(failure === undefined ? { kind: 'end' } : { kind: 'error', body: wireErrorOf(failure.error) })
    }
    this.#ahead = undefined
    this.#wakePump?.()
    let cancel = (): void => undefined
    const late = new Promise<void>((resolve) => (cancel = this.#clock.schedule(closeWithinMs, resolve)))
    await Promise.race([this.over, late])
    cancel()
    this.#packets.destroy()
  }

  async #pump(): Promise<void> {
    try {
      while (await this.#readOne());
      this.#goDown(new PiccoloError('unavailable', `${this.peer.address} ended the connection without a word.`))
    } catch (error) {
      this.#goDown(PiccoloError.from(error))
    } finally {
      this.#packets.destroy()
    }
  }

  /** False once the stream has ended. */
  async #readOne(): Promise<boolean> {
    const packet = await this.#packets.read()
    if (packet === undefined) return false
    if (packet.kind === 'end') this.#endedThere(undefined)
    else if (packet.kind === 'error') this.#endedThere(errorOf(packet.body))
    // Each side's types are the other's; whether a message makes sense is judged by whoever it is for.
    else if (packet.kind === 'message') await this.#offer(packet.body as Incoming)
    return true
  }

  #endedThere(error: PiccoloError | undefined): void {
    if (this.#end !== undefined) return
    this.#goDown(error)
    this.#packets.finish({ kind: 'end' })
  }

  #goDown(error: PiccoloError | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#packets.refuse(new PiccoloError('unavailable', `The session with ${this.peer.address} is over.`, { cause: error }))
    this.#wakeReader?.()
    this.#down.abort()
  }

  /** Waits until the message is taken, or nobody will. */
  async #offer(message: Incoming): Promise<void> {
    if (this.#closing !== undefined) return
    this.#ahead = message
    this.#wakeReader?.()
    while (this.#ahead !== undefined) await new Promise<void>((resolve) => (this.#wakePump = resolve))
  }

  async *#consume(): AsyncGenerator<Incoming, void, undefined> {
    for (;;) {
      const message = this.#ahead
      if (message !== undefined) {
        this.#ahead = undefined
        this.#wakePump?.()
        yield message
      } else if (this.#end?.error !== undefined) throw this.#end.error
      else if (this.#end !== undefined) return
      else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
    }
  }
}
