import type { Cancel, Clock } from '@piccolo/core/spi'
import type { Fabric, Passage } from './fabric.js'
import type { Parcel } from './parcel.js'

interface Pending {
  readonly dueMs: number
  readonly deliver: () => void
}

/** One direction of one connection: what is put in comes out in the same order, late or held back as the network has it. */
export class Lane {
  readonly #fabric: Fabric
  readonly #clock: Clock
  readonly #from: string
  readonly #to: string
  readonly #connection: number
  readonly #pending: Pending[] = []
  #timer: Cancel | undefined
  #lastDueMs = 0
  /** What happens instead of a delivery, once nobody is at the other end. */
  #diverted: (() => void) | undefined
  #sealed = false

  constructor(fabric: Fabric, ends: { readonly connection: number; readonly from: string; readonly to: string; readonly clock: Clock }) {
    this.#fabric = fabric
    this.#clock = ends.clock
    this.#from = ends.from
    this.#to = ends.to
    this.#connection = ends.connection
    fabric.lanes.add(this)
  }

  pass(deliver: () => void): void {
    if (!this.#sealed) this.#put(deliver)
  }

  /** Takes nothing more, but for one last thing now or later. */
  seal(last?: () => void): void {
    this.#sealed = true
    if (last !== undefined) this.#put(last)
  }

  /** Delivers what is due; called again when a cut heals. */
  pump(): void {
    this.#timer?.()
    this.#timer = undefined
    while (!this.#fabric.isCut(this.#from, this.#to)) {
      const first = this.#pending[0]
      if (first === undefined) return
      const waitMs = first.dueMs - this.#clock.monotonicMs()
      if (waitMs > 0) {
        this.#timer = this.#clock.schedule(waitMs, () => this.pump())
        return
      }
      this.#pending.shift()
      if (this.#diverted === undefined) first.deliver()
      else this.#diverted()
    }
  }

  /** Tells onlookers of a message that is put in or comes out. */
  tell(phase: Passage['phase'], { content, bytes }: Parcel): void {
    this.#fabric.tell({ connection: this.#connection, phase, from: this.#from, to: this.#to, message: content, bytes })
  }

  /** From now on whatever arrives is not delivered; `run` is called instead. */
  divert(run: () => void): void {
    this.#diverted = run
  }

  /** Forgets what is under way. */
  empty(): void {
    this.#timer?.()
    this.#timer = undefined
    this.#pending.length = 0
  }

  /** Forgets what is under way, and whatever else is put in. */
  discard(): void {
    this.empty()
    this.#sealed = true
    this.#fabric.lanes.delete(this)
  }

  #put(deliver: () => void): void {
    const dueMs = Math.max(this.#lastDueMs, this.#clock.monotonicMs() + this.#fabric.delayMs(this.#from, this.#to))
    this.#lastDueMs = dueMs
    this.#pending.push({ dueMs, deliver })
    this.pump()
  }
}
