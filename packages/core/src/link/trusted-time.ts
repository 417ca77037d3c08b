import type { Clock } from '../spi/index.js'

/** Time by which validity is judged: the master's, carried on by the monotonic clock; the wall clock until a master has spoken. */
export class TrustedTime {
  readonly #clock: Clock
  #offsetMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The latest authenticated word counts, up or down. */
  learn(masterTimeMs: number): void {
    this.#offsetMs = masterTimeMs - this.#clock.monotonicMs()
  }

  nowMs(): number {
    return this.#offsetMs === undefined ? this.#clock.wallMs() : this.#clock.monotonicMs() + this.#offsetMs
  }

  /** How far the wall clock is ahead of the master's time; undefined until a master has spoken. */
  wallAheadMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#clock.wallMs() - this.nowMs()
  }
}
