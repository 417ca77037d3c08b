import type { Clock, Random } from '@piccolo/core/spi'

/** How long something takes: at least `baseMs`, and by chance up to `jitterMs` more. Both may be changed at any time; 0 and 0 is at once. */
export class Latency {
  baseMs = 0
  jitterMs = 0
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** What the next one takes. Draws from the random source only if there is something to decide. */
  draw(): number {
    return this.baseMs + (this.jitterMs > 0 ? this.jitterMs * this.#random.next() : 0)
  }

  /** Waits as long as one takes. */
  async wait(): Promise<void> {
    const ms = this.draw()
    if (ms > 0) await new Promise<void>((resolve) => void this.#clock.schedule(ms, resolve))
  }
}
