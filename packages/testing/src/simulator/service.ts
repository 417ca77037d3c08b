import { PiccoloError, type Cancel, type Clock } from '@piccolo/core/spi'
import type { SimulationEvent } from './simulation-event.js'

const againMs = 2_000

export interface ServiceOptions {
  readonly who: string
  readonly clock: Clock
  readonly emit: (event: SimulationEvent) => void
  readonly start: () => Promise<void>
  /** Of the one that runs: when it ends by itself, and why. */
  readonly ended?: () => Promise<void> | undefined
}

/** What systemd is to a program: starts it, and starts it again when that failed, for as long as it is wanted. */
export interface Service {
  /** Whether it has started and was not taken down. */
  readonly isUp: boolean
  /** Whether it is kept running. */
  readonly isWanted: boolean
  up(): void
  /** It is not wanted any more. Whoever calls this ends the program. */
  down(): void
}

export class SimulatedService implements Service {
  readonly #options: ServiceOptions
  /** Counts what was wanted: an attempt of an earlier want changes nothing. */
  #want = 0
  #isUp = false
  #isWanted = false
  #cancel: Cancel = () => undefined

  constructor(options: ServiceOptions) {
    this.#options = options
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get isWanted(): boolean {
    return this.#isWanted
  }

  up(): void {
    this.down()
    this.#isWanted = true
    void this.#attempt(this.#want)
  }

  down(): void {
    this.#want += 1
    this.#isWanted = false
    this.#isUp = false
    this.#cancel()
  }

  async #attempt(want: number): Promise<void> {
    const { who, emit, start, ended } = this.#options
    emit({ type: 'life', who, what: 'starts' })
    try {
      await start()
    } catch (error) {
      this.#failed(want, error)
      return
    }
    if (want !== this.#want) return
    this.#isUp = true
    emit({ type: 'life', who, what: 'started' })
    ended?.()?.catch((error: unknown) => {
      emit({ type: 'log', who, level: 'error', message: 'ended by itself', fields: { reason: PiccoloError.from(error).message } })
      this.#failed(want, error)
    })
  }

  #failed(want: number, error: unknown): void {
    if (want !== this.#want) return
    const { who, emit, clock } = this.#options
    this.#isUp = false
    emit({ type: 'life', who, what: 'failed', reason: PiccoloError.from(error).message })
    this.#cancel = clock.schedule(againMs, () => void this.#attempt(want))
  }
}
