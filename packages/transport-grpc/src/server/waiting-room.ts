import type { Socket } from 'node:net'
import type { Cancel, Clock, Logger } from '@piccolo/core/spi'

export interface WaitingRoomOptions {
  /** What they wait for, for logs. */
  readonly name: string
  /** How long one may wait. */
  readonly patienceMs: number
  /** How many may wait, in all and of one remote address. */
  readonly most: number
  readonly mostOfOneAddress: number
  readonly clock: Clock
  readonly logger: Logger
}

interface Guest {
  readonly address: string
  readonly cancel: Cancel
}

const silentMs = 60_000

/** Connections of which more is expected. Their number is bounded, and so is their time: who waits longest goes when there are too many. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions
  /** In order of arrival, as are those of each address. */
  readonly #guests = new Map<Socket, Guest>()
  readonly #byAddress = new Map<string, Set<Socket>>()
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(options: WaitingRoomOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#guests.size
  }

  /** Hangs up on it unless it leaves in time. Whoever lets it in says when it has closed, too. */
  enter(socket: Socket): void {
    if (socket.destroyed || this.#guests.has(socket)) return
    const { clock, patienceMs, most, mostOfOneAddress } = this.#options
    const address = socket.remoteAddress ?? ''
    const neighbours = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, neighbours.add(socket))
    this.#guests.set(socket, { address, cancel: clock.schedule(patienceMs, () => this.#showOut(socket)) })
    if (neighbours.size > mostOfOneAddress) this.#makeRoom(neighbours)
    if (this.#guests.size > most) this.#makeRoom(this.#guests.keys())
  }

  /** What was expected of it has come, or it is gone. */
  leave(socket: Socket): void {
    const guest = this.#guests.get(socket)
    if (guest === undefined) return
    guest.cancel()
    this.#guests.delete(socket)
    const neighbours = this.#byAddress.get(guest.address)
    neighbours?.delete(socket)
    if (neighbours?.size === 0) this.#byAddress.delete(guest.address)
  }

  #makeRoom(waiting: Iterable<Socket>): void {
    const [oldest] = waiting
    if (oldest === undefined) return
    this.#warn(oldest)
    this.#showOut(oldest)
  }

  #showOut(socket: Socket): void {
    this.leave(socket)
    socket.destroy()
  }

  /** Once a minute: whoever floods the port shall not flood the log. */
  #warn({ remoteAddress }: Socket): void {
    const { clock, logger, name } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#warnedMs < silentMs) return
    this.#warnedMs = nowMs
    logger.warn({ address: remoteAddress, waitingFor: name, waiting: this.size }, 'too many connections wait at the listener: the oldest are dropped')
  }
}
