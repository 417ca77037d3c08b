/** Seen from the named place: what arrives there, or what leaves it. */
export type Direction = 'incoming' | 'outgoing'

/** What a broken connection has to do. */
export interface Breakable {
  readonly places: readonly string[]
  sever(reason: string): void
}

/** Which links are cut or slow, and what is open. */
export class Fabric {
  readonly lanes = new Set<{ pump(): void }>()
  readonly connections = new Set<Breakable>()
  readonly #cuts = new Map<string, Set<Direction>>()
  readonly #delays = new Map<string, number>()

  cut(place: string, direction?: Direction): void {
    const cuts = this.#cuts.get(place) ?? new Set<Direction>()
    for (const each of direction === undefined ? (['incoming', 'outgoing'] as const) : [direction]) cuts.add(each)
    this.#cuts.set(place, cuts)
  }

  heal(place: string): void {
    this.#cuts.delete(place)
    for (const lane of [...this.lanes]) lane.pump()
  }

  delay(place: string, delayMs: number): void {
    this.#delays.set(place, delayMs)
  }

  reset(place: string): void {
    for (const connection of [...this.connections]) {
      if (connection.places.includes(place)) connection.sever('The connection was reset.')
    }
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.get(from)?.has('outgoing') === true || this.#cuts.get(to)?.has('incoming') === true
  }

  delayMs(from: string, to: string): number {
    return (this.#delays.get(from) ?? 0) + (this.#delays.get(to) ?? 0)
  }
}
