import type { AgentMessage } from '../protocol/index.js'
import { Bell } from './bell.js'

/** Has messages to send whenever it is asked; undefined = none now. */
export type MessageSource = () => AgentMessage | undefined

/**
 * The one writer of a session. Urgent messages overtake everything, then the sources in their order; each message is taken
 * only when the transport has room, so that nothing queues up ahead of a beat.
 */
export class Outbox {
  readonly #urgent: AgentMessage[] = []
  readonly #sources: MessageSource[] = []
  readonly #bell = new Bell()

  /** For the few messages whose number the protocol itself bounds. A waiting beat is replaced by a newer one. */
  urgent(message: AgentMessage): void {
    const waiting = message.type === 'beat' ? this.#urgent.findIndex(({ type }) => type === 'beat') : -1
    if (waiting === -1 || this.#urgent.length < 8) this.#urgent.push(message)
    else this.#urgent[waiting] = message
    this.#bell.ring()
  }

  /** Adds a source behind those already there; the returned function takes it away. */
  add(source: MessageSource): () => void {
    this.#sources.push(source)
    this.#bell.ring()
    return () => void this.#sources.splice(this.#sources.indexOf(source), 1)
  }

  /** A source may have something new. */
  wake(): void {
    this.#bell.ring()
  }

  /** Sends until the signal aborts or `send` fails. */
  async pump(send: (message: AgentMessage, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const message = this.#next()
      if (message === undefined) await this.#bell.wait(signal)
      else await send(message, signal)
    }
  }

  #next(): AgentMessage | undefined {
    const urgent = this.#urgent.shift()
    if (urgent !== undefined) return urgent
    for (const source of this.#sources) {
      const message = source()
      if (message !== undefined) return message
    }
    return undefined
  }
}
