import type { Cancel, Clock, Random } from '@piccolo/core/spi'

/** How long something takes: at least `baseMs`, and by chance up to `jitterMs` more. Both may be changed at any time; with 0 and 0 it is at once. */
export class Latency {
  baseMs = 0
  jitterMs = 0
  readonly #clock: Clock
  readonly #random: Random
  #underWay = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Whether it takes any time now. */
  get isNone(): boolean {
    return this.baseMs === 0 && this.jitterMs === 0
  }

  /** How many have begun and are not over. */
  get underWay(): number {
    return this.#underWay
  }

  /** What the next one takes, in milliseconds. Draws from the random source only if there is something to decide. */
  draw(): number {
    return this.baseMs + (this.jitterMs > 0 ? this.jitterMs * this.#random.next() : 0)
  }

  /** Calls `run` after this share of what one takes. */
  schedule(share: number, run: () => void): Cancel {
    this.#underWay += 1
    let isOver = false
    const over = (): void => {
      if (!isOver) this.#underWay -= 1
      isOver = true
    }
    const cancel = this.#clock.schedule(this.draw() * share, () => {
      over()
      run()
    })
    return () => {
      over()
      cancel()
    }
  }

  /** Waits for this share of what one takes; not at all when there is none. */
  async wait(share = 1): Promise<void> {
    if (!this.isNone) await new Promise<void>((resolve) => void this.schedule(share, resolve))
  }
}
