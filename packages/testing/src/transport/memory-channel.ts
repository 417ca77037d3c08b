import { PiccoloError, SendWindow, type Clock, type Peer, type SessionChannel, type TransportCapabilities } from '@piccolo/core/spi'
import { Inbox } from './inbox.js'
import type { Lane } from './lane.js'
import type { MemoryConnection, Side } from './memory-connection.js'
import { packed, type Parcel } from './parcel.js'

const closeWithinMs = 1_000

interface ChannelParts {
  readonly connection: MemoryConnection
  /** Which end of it this is. */
  readonly side: Side
  /** Where this end's messages go. */
  readonly out: Lane
  readonly peer: Peer
  readonly clock: Clock
  readonly limits: TransportCapabilities
}

/** What one end lets the other do to it. */
interface FarEnd {
  push(parcel: Parcel): void
  consumed(bytes: number): void
  ended(error: PiccoloError | undefined): void
}

/** One end of a session. Messages travel as copies, so that the two sides share nothing. */
export class MemoryChannel<Incoming, Outgoing> implements SessionChannel<Incoming, Outgoing> {
  readonly peer: Peer
  readonly messages: AsyncIterable<Incoming>
  readonly #parts: ChannelParts
  readonly #inbox = new Inbox<Parcel>()
  readonly #window: SendWindow
  readonly #onDown = new Set<() => void>()
  #far: FarEnd | undefined
  #down = false
  #closing: Promise<void> | undefined

  constructor(parts: ChannelParts) {
    this.#parts = parts
    this.#window = new SendWindow(parts.limits.sendBufferBytes)
    this.peer = parts.peer
    this.messages = this.#consume()
    parts.connection.onSever(parts.side, (error) => this.#goDown(error))
    parts.connection.onInject(parts.side, (message) => this.#inject(message))
  }

  /** Makes two ends of one session. */
  static pair<A, B>(one: MemoryChannel<A, B>, other: MemoryChannel<B, A>): void {
    one.#far = other.#near()
    other.#far = one.#near()
  }

  async send(message: Outgoing, signal: AbortSignal): Promise<void> {
    const parcel = packed(message, this.#parts.limits)
    await this.#window.reserve(parcel.bytes, signal)
    const { out } = this.#parts
    out.tell('sent', parcel)
    out.pass(() => {
      out.tell('arrived', parcel)
      this.#far?.push(parcel)
    })
  }

  close(): Promise<void> {
    return this.finish()
  }

  /** Closes; with an error, the other side's messages end in it. */
  finish(error?: PiccoloError): Promise<void> {
    this.#closing ??= this.#close(error)
    return this.#closing
  }

  /** Runs once, when nothing can be sent any more. */
  onDown(run: () => void): void {
    if (this.#down) run()
    else this.#onDown.add(run)
  }

  #near(): FarEnd {
    return {
      push: (parcel) => this.#inbox.push(parcel),
      consumed: (bytes) => this.#window.free(bytes),
      ended: (error) => this.#goDown(error),
    }
  }

  /** What somebody on the way puts in: nobody at this end has sent it, nor waits for it to be taken. */
  #inject(message: unknown): void {
    const { out, limits } = this.#parts
    const parcel = { ...packed(message, limits), bytes: 0 }
    out.pass(() => {
      out.tell('replayed', parcel)
      this.#far?.push(parcel)
    })
  }

  #close(error: PiccoloError | undefined): Promise<void> {
    if (this.#down) return Promise.resolve()
    this.#goDown(undefined)
    this.#inbox.discard()
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.schedule(closeWithinMs, resolve)
      this.#parts.out.pass(() => {
        cancel()
        this.#parts.connection.release()
        this.#far?.ended(error)
        resolve()
      })
    })
  }

  #goDown(error: PiccoloError | undefined): void {
    if (this.#down) return
    this.#down = true
    this.#inbox.end(error)
    this.#window.close(error ?? new PiccoloError('unavailable', `The session with ${this.peer.address} is closed.`))
    for (const run of this.#onDown) run()
    this.#onDown.clear()
  }

  async *#consume(): AsyncGenerator<Incoming, void, undefined> {
    for await (const { content, bytes } of this.#inbox) {
      this.#far?.consumed(bytes)
      // It comes from the other end's typed send.
      yield content as Incoming
    }
  }
}
