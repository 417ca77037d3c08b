import type { Clock } from '../spi/index.js'
import { releasedAtMs } from '../version.js'

/** Where the last authenticated time is kept. */
export interface TimeStorage {
  /** Durable when it resolves. */
  save(masterTimeMs: number): Promise<void>
}

/** A day less is known after a power cut; flash is spared for it. */
const storeEveryMs = 86_400_000

/**
 * Time by which validity is judged: the master's, carried on by the monotonic clock. Until a master has spoken in this life of the agent only
 * a bound is known, the last time that one told, for the wall clock of a board may say anything.
 */
export class TrustedTime {
  readonly #clock: Clock
  readonly #storage: TimeStorage
  readonly #earliest: { readonly atMs: number; readonly monotonicMs: number }
  #storedAtMonotonicMs: number | undefined
  #offsetMs: number | undefined

  constructor(clock: Clock, { storage, stored }: { readonly storage: TimeStorage; readonly stored: number | undefined }) {
    this.#clock = clock
    this.#storage = storage
    this.#earliest = { atMs: stored ?? releasedAtMs, monotonicMs: clock.monotonicMs() }
  }

  /** The latest authenticated word counts, up or down. Resolves when what has to be kept is. */
  async learn(masterTimeMs: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    this.#offsetMs = masterTimeMs - nowMs
    if (this.#storedAtMonotonicMs !== undefined && nowMs - this.#storedAtMonotonicMs < storeEveryMs) return
    this.#storedAtMonotonicMs = nowMs
    await this.#storage.save(masterTimeMs)
  }

  /** For the next life, when this one ends in order. */
  async keep(): Promise<void> {
    if (this.#offsetMs !== undefined) await this.#storage.save(Math.floor(this.nowMs()))
  }

  /** The best guess: what a master told, else the wall clock, unless that is behind what has passed already. */
  nowMs(): number {
    return this.#offsetMs === undefined ? Math.max(this.#clock.wallMs(), this.#floorMs()) : Math.floor(this.#clock.monotonicMs() + this.#offsetMs)
  }

  /** It is not earlier than this. */
  earliestMs(): number {
    return this.#offsetMs === undefined ? this.#floorMs() : this.nowMs()
  }

  /** How far the wall clock is ahead of the master's time; undefined until a master has spoken. */
  wallAheadMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#clock.wallMs() - this.nowMs()
  }

  #floorMs(): number {
    return Math.floor(this.#earliest.atMs + this.#clock.monotonicMs() - this.#earliest.monotonicMs)
  }
}
