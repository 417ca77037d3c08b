import { PiccoloError, type MasterChannel, type MasterMessage, type AgentMessage, type ServerTls, type TransportHandlers } from '@piccolo/core/spi'
import type { Clock, TransportListener } from '@piccolo/core/spi'
import type { MemoryChannel } from './memory-channel.js'

interface ListenerParts {
  /** Who listens on this network. */
  readonly listeners: Map<string, MemoryListener>
  readonly clock: Clock
  readonly address: string
  readonly tls: ServerTls
  readonly handlers: TransportHandlers
}

/** A name under which somebody can be reached. */
export class MemoryListener implements TransportListener {
  readonly address: string
  readonly clock: Clock
  readonly #listeners: Map<string, MemoryListener>
  readonly #handlers: TransportHandlers
  readonly #sessions = new Set<MemoryChannel<AgentMessage, MasterMessage>>()
  readonly #calls = new Set<AbortController>()
  #tls: ServerTls

  constructor({ listeners, clock, address, tls, handlers }: ListenerParts) {
    if (listeners.has(address)) throw new PiccoloError('unavailable', `Somebody listens at ${address} already.`)
    this.#listeners = listeners
    this.#handlers = handlers
    this.#tls = tls
    this.clock = clock
    this.address = address
    listeners.set(address, this)
  }

  get tls(): ServerTls {
    return this.#tls
  }

  updateTls(tls: ServerTls): void {
    this.#tls = tls
  }

  async close(): Promise<void> {
    if (this.#listeners.get(this.address) === this) this.#listeners.delete(this.address)
    for (const call of this.#calls) call.abort()
    await Promise.all([...this.#sessions].map((session) => session.close()))
  }

  /** Serves one unary call; the signal aborts with the caller or the listener. */
  async call<Reply>(serve: (handlers: TransportHandlers, signal: AbortSignal) => Promise<Reply>, callerGone: AbortSignal): Promise<Reply> {
    const call = new AbortController()
    this.#calls.add(call)
    try {
      return await serve(this.#handlers, AbortSignal.any([call.signal, callerGone]))
    } catch (error) {
      if (call.signal.aborted) throw new PiccoloError('unavailable', `${this.address} stopped listening.`)
      throw crossing(error)
    } finally {
      this.#calls.delete(call)
    }
  }

  /** Runs a session's handler; the channel closes when it settles. */
  open(channel: MemoryChannel<AgentMessage, MasterMessage>): void {
    const ended = new AbortController()
    this.#sessions.add(channel)
    channel.onDown(() => ended.abort())
    void this.#serve(channel, ended.signal).finally(() => this.#sessions.delete(channel))
  }

  async #serve(channel: MemoryChannel<AgentMessage, MasterMessage>, signal: AbortSignal): Promise<void> {
    try {
      await this.#handlers.session(channel satisfies MasterChannel, signal)
      await channel.close()
    } catch (error) {
      await channel.finish(crossing(error))
    }
  }
}

/** The error as the other side sees it: code, message and details. Causes and stacks stay home, and so do defects. */
function crossing(error: unknown): PiccoloError {
  if (!PiccoloError.is(error)) return new PiccoloError('internal', 'The other side failed unexpectedly; its log says more.')
  return new PiccoloError(error.code, error.message, { details: structuredClone(error.details) })
}
