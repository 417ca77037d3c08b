import type { Cancel, Clock } from '@piccolo/core/spi'
import type { Fabric } from './fabric.js'

interface Parcel {
  readonly dueMs: number
  readonly deliver: () => void
}

/** One direction of one connection: what is put in comes out in the same order, late or held back as the network has it. */
export class Lane {
  readonly #fabric: Fabric
  readonly #clock: Clock
  readonly #from: string
  readonly #to: string
  readonly #parcels: Parcel[] = []
  #timer: Cancel | undefined
  #lastDueMs = 0

  constructor(fabric: Fabric, ends: { readonly from: string; readonly to: string; readonly clock: Clock }) {
    this.#fabric = fabric
    this.#clock = ends.clock
    this.#from = ends.from
    this.#to = ends.to
    fabric.lanes.add(this)
  }

  pass(deliver: () => void): void {
    const dueMs = Math.max(this.#lastDueMs, this.#clock.monotonicMs() + this.#fabric.delayMs(this.#from, this.#to))
    this.#lastDueMs = dueMs
    this.#parcels.push({ dueMs, deliver })
    this.pump()
  }

  /** Delivers what is due; called again when a cut heals. */
  pump(): void {
    this.#timer?.()
    this.#timer = undefined
    while (!this.#fabric.isCut(this.#from, this.#to)) {
      const first = this.#parcels[0]
      if (first === undefined) return
      const waitMs = first.dueMs - this.#clock.monotonicMs()
      if (waitMs > 0) {
        this.#timer = this.#clock.schedule(waitMs, () => this.pump())
        return
      }
      this.#parcels.shift()
      first.deliver()
    }
  }

  /** Forgets what is under way. */
  discard(): void {
    this.#timer?.()
    this.#timer = undefined
    this.#parcels.length = 0
    this.#fabric.lanes.delete(this)
  }
}
