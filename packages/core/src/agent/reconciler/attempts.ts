import { exponentialMs, type BackoffOptions } from '../../waiting/index.js'
import type { Clock } from '../../spi/index.js'

/** Failures in a row and when to try again. */
export class Attempts {
  readonly #clock: Clock
  readonly #backoff: BackoffOptions
  #failures = 0
  #dueMs = 0
  #reason: string | undefined
  #nextAttemptAtMs: number | undefined

  constructor(clock: Clock, backoff: BackoffOptions) {
    this.#clock = clock
    this.#backoff = backoff
  }

  get failures(): number {
    return this.#failures
  }

  /** For people; undefined while nothing has failed. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Wall clock of the next attempt, as it was when the last one failed. */
  get nextAttemptAtMs(): number | undefined {
    return this.#nextAttemptAtMs
  }

  /** Milliseconds until the next attempt is due; 0 = now. */
  get waitMs(): number {
    return Math.max(0, this.#dueMs - this.#clock.monotonicMs())
  }

  failed(reason: string): void {
    const delayMs = exponentialMs(this.#failures, this.#backoff)
    this.#failures += 1
    this.#dueMs = this.#clock.monotonicMs() + delayMs
    this.#nextAttemptAtMs = this.#clock.wallMs() + delayMs
    this.#reason = reason
  }

  /** The attempt is under way: nothing to explain, but the failures still count. */
  begun(): void {
    this.#reason = undefined
    this.#nextAttemptAtMs = undefined
  }

  /** The next attempt is due now; what it is about still stands. */
  retryNow(): void {
    this.#dueMs = 0
  }

  /** There is a reason not to wait this time; the failures still count. */
  hurry(): void {
    this.begun()
    this.#dueMs = 0
  }

  clear(): void {
    this.begun()
    this.#failures = 0
    this.#dueMs = 0
  }
}
