import type { AgentBeat, BeatEcho } from '../protocol/index.js'
import type { Cancel, Clock } from '../spi/index.js'

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly beatMs: number
  readonly send: (beat: AgentBeat) => void
  /** The lease holds from this point of the boot clock: the send time of a beat that came back. */
  readonly onLease: (sentAtBootMs: number) => void
}

/** The signs of life of one session. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #number = 0
  #lastEcho = 0
  #cancel: Cancel = () => undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Sends a beat at once and a second one the moment its echo is back, which proves both directions; then one every `beatMs`. */
  start(): void {
    this.#beat(0)
    this.#schedule()
  }

  stop(): void {
    this.#cancel()
  }

  echoed({ number, sentAtBootMs, lease }: BeatEcho): void {
    if (number <= this.#lastEcho || number > this.#number) return
    this.#lastEcho = number
    if (lease) this.#options.onLease(sentAtBootMs)
    if (number === 1 && this.#number === 1) this.#beat(0)
  }

  #schedule(): void {
    const { clock, beatMs } = this.#options
    const dueMs = clock.monotonicMs() + beatMs
    this.#cancel = clock.schedule(beatMs, () => {
      // A timer that comes late tells how long the loop stood still.
      this.#beat(Math.max(0, Math.round(clock.monotonicMs() - dueMs)))
      this.#schedule()
    })
  }

  #beat(loopAgeMs: number): void {
    this.#number += 1
    const sentAtBootMs = this.#options.clock.bootMs()
    this.#options.send({ type: 'beat', number: this.#number, sentAtBootMs, lastEcho: this.#lastEcho, loopAgeMs })
  }
}
