import { PiccoloError, SendWindow, type Clock, type Peer, type SessionChannel } from '@piccolo/core/spi'
import type { Frame } from '../codec/frame.js'

/** What `send` may leave unsent when it resolves. */
export const sendBufferBytes = 256 * 1024

const closeWithinMs = 1_000
/** gRPC's own prefix of a message. */
const prefixBytes = 5

/** What gRPC's streams, on either side, have in common. */
interface ByteStream {
  on(event: 'readable', listener: () => void): unknown
  read(size?: number): unknown
  write(bytes: Buffer, done: () => void): boolean
}

interface ChannelParts<Incoming, Outgoing> {
  readonly stream: ByteStream
  readonly peer: Peer
  readonly clock: Clock
  readonly incoming: Frame<never, Incoming | undefined>
  readonly outgoing: Frame<Outgoing, unknown>
  /** Begins the orderly end of this side, with the error the other side shall hear of, if any. */
  finish(error: PiccoloError | undefined): void
  /** Lets go of everything, whatever state it is in. */
  release(): void
}

/** A session over one gRPC stream, the same on both sides. Its owner says when the stream is over: {@link GrpcChannel.ended}. */
export class GrpcChannel<Incoming, Outgoing> implements SessionChannel<Incoming, Outgoing> {
  readonly peer: Peer
  readonly messages: AsyncIterable<Incoming>
  readonly #parts: ChannelParts<Incoming, Outgoing>
  readonly #window = new SendWindow(sendBufferBytes)
  readonly #onOver = new Set<() => void>()
  #end: { readonly error: PiccoloError | undefined } | undefined
  #over = false
  #closing: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(parts: ChannelParts<Incoming, Outgoing>) {
    this.#parts = parts
    this.peer = parts.peer
    this.messages = this.#read()
    parts.stream.on('readable', () => this.#readable())
  }

  async send(message: Outgoing, signal: AbortSignal): Promise<void> {
    const bytes = this.#parts.outgoing.encode(message)
    const size = bytes.length + prefixBytes
    await this.#window.reserve(size, signal)
    this.#parts.stream.write(bytes, () => this.#window.free(size))
  }

  close(): Promise<void> {
    return this.finish()
  }

  /** Closes; with an error, the other side's messages end in it. */
  finish(error?: PiccoloError): Promise<void> {
    this.#closing ??= this.#close(error)
    return this.#closing
  }

  /** The stream is over: orderly, or with what went wrong. */
  ended(error: PiccoloError | undefined): void {
    this.#goDown(error)
    this.#over = true
    for (const run of this.#onOver) run()
    this.#onOver.clear()
    this.#parts.release()
  }

  /** Runs once, when nothing comes or goes any more. */
  onOver(run: () => void): void {
    if (this.#over) run()
    else this.#onOver.add(run)
  }

  async #close(error: PiccoloError | undefined): Promise<void> {
    if (this.#over) return
    this.#goDown(undefined)
    this.#parts.finish(error)
    // What the other side still sends is dropped, but has to be read for the stream to end.
    this.#readable()
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.schedule(closeWithinMs, resolve)
      this.onOver(() => {
        cancel()
        resolve()
      })
    })
    this.ended(undefined)
  }

  #goDown(error: PiccoloError | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#window.close(error ?? new PiccoloError('unavailable', `The session with ${this.peer.address} is closed.`))
    this.#wake?.()
  }

  #readable(): void {
    this.#wake?.()
    // Takes nothing, but lets an empty stream notice its end: nobody may be consuming.
    this.#parts.stream.read(0)
    while (this.#closing !== undefined && this.#parts.stream.read() !== null);
  }

  /** Takes one message at a time: what is not consumed stays in the stream, and its flow control holds the sender back. */
  async *#read(): AsyncGenerator<Incoming, void, undefined> {
    for (;;) {
      const bytes: unknown = this.#closing === undefined ? this.#parts.stream.read() : null
      if (bytes instanceof Uint8Array) {
        const message = this.#decoded(bytes)
        if (message !== undefined) yield message
      } else if (this.#end?.error !== undefined) throw this.#end.error
      else if (this.#end !== undefined) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  /** Undefined = a kind of message that this version does not know. Bytes that are no message end the session, on both sides. */
  #decoded(bytes: Uint8Array): Incoming | undefined {
    try {
      return this.#parts.incoming.decode(bytes)
    } catch (error) {
      const refusal = PiccoloError.from(error)
      this.#goDown(refusal)
      void this.finish(refusal)
      throw refusal
    }
  }
}
