import type { Cancel, Clock, Random } from '@piccolo/core/spi'

/** Seen from the named place: what arrives there, or what leaves it. */
export type Direction = 'incoming' | 'outgoing'

/** A message on its way, seen twice: as it is sent and as it arrives; or once, when somebody between the two sends it again. */
export interface Passage {
  /** Which connection, counted from 1. */
  readonly connection: number
  readonly phase: 'sent' | 'arrived' | 'replayed'
  readonly from: string
  readonly to: string
  readonly message: unknown
  readonly bytes: number
}

/** What a broken connection has to do. */
export interface Breakable {
  readonly places: readonly string[]
  /** Both ends hear of it at once. */
  sever(reason: string): void
  /** Whoever was at this end is gone; the other end is told by what still arrives there, or not until it writes. */
  lose(place: string, told: boolean): void
  /** Whoever is at the other end gets this as if the place had sent it. False: there is no session. */
  inject(place: string, message: unknown): boolean
}

export interface FabricOptions {
  /** Measures how long things take; default: the clock of whoever dialled. */
  readonly clock: Clock | undefined
  readonly random: Random
}

/** Which links are cut or slow, and what is open. */
export class Fabric {
  readonly clock: Clock | undefined
  readonly lanes = new Set<{ pump(): void }>()
  readonly connections = new Set<Breakable>()
  /** Connections made so far. */
  made = 0
  readonly #random: Random
  readonly #cuts = new Map<string, Set<Direction>>()
  readonly #off = new Set<string>()
  readonly #delays = new Map<string, { readonly delayMs: number; readonly jitterMs: number }>()
  readonly #onlookers = new Set<(passage: Passage) => void>()

  constructor({ clock, random }: FabricOptions) {
    this.clock = clock
    this.#random = random
  }

  cut(place: string, direction?: Direction): void {
    const cuts = this.#cuts.get(place) ?? new Set<Direction>()
    for (const each of direction === undefined ? (['incoming', 'outgoing'] as const) : [direction]) cuts.add(each)
    this.#cuts.set(place, cuts)
  }

  heal(place: string): void {
    this.#cuts.delete(place)
    this.#pump()
  }

  kill(place: string): void {
    for (const connection of this.#of(place)) connection.lose(place, true)
  }

  powerOff(place: string): void {
    this.#off.add(place)
    for (const connection of this.#of(place)) connection.lose(place, false)
  }

  powerOn(place: string): void {
    this.#off.delete(place)
    this.#pump()
  }

  delay(place: string, delayMs: number, jitterMs: number): void {
    this.#delays.set(place, { delayMs, jitterMs })
  }

  inject(place: string, message: unknown): number {
    return this.#of(place).filter((connection) => connection.inject(place, message)).length
  }

  reset(place: string): void {
    for (const connection of this.#of(place)) connection.sever('The connection was reset.')
  }

  isCut(from: string, to: string): boolean {
    if (this.#off.has(from) || this.#off.has(to)) return true
    return this.#cuts.get(from)?.has('outgoing') === true || this.#cuts.get(to)?.has('incoming') === true
  }

  /** What the next message takes. */
  delayMs(from: string, to: string): number {
    let ms = 0
    for (const place of [from, to]) {
      const delay = this.#delays.get(place)
      if (delay !== undefined) ms += delay.delayMs + (delay.jitterMs > 0 ? delay.jitterMs * this.#random.next() : 0)
    }
    return ms
  }

  look(onlooker: (passage: Passage) => void): Cancel {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  tell(passage: Passage): void {
    for (const onlooker of this.#onlookers) onlooker(passage)
  }

  #pump(): void {
    for (const lane of [...this.lanes]) lane.pump()
  }

  #of(place: string): readonly Breakable[] {
    return [...this.connections].filter(({ places }) => places.includes(place))
  }
}
