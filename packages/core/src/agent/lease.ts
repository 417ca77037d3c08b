import type { Clock } from '../spi/index.js'

/** How long this node may count on being counted with: from the sending of the last beat that came back. */
export class Lease {
  readonly #clock: Clock
  #sentAtBootMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  renew(sentAtBootMs: number): void {
    this.#sentAtBootMs = sentAtBootMs
  }

  /** Milliseconds; 0 = there is none. */
  leftMs(lengthMs: number): number {
    return this.#sentAtBootMs === undefined ? 0 : Math.max(0, this.#sentAtBootMs + lengthMs - this.#clock.bootMs())
  }
}
