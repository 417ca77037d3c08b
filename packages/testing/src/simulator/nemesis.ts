import type { Cancel } from '@piccolo/core/spi'
import type { Dice } from '../random/dice.js'
import type { Fault, Strike } from './fault.js'
import type { World } from './world.js'

/** Strikes the world with faults, one after the other and several at a time, until told to stop. */
export class Nemesis {
  readonly #world: World
  readonly #dice: Dice
  readonly #faults: readonly Fault[]
  readonly #strikes = new Map<string, { readonly fault: string; readonly strike: Strike; readonly cancel: Cancel }>()
  #cancel: Cancel = () => undefined
  readonly #counts = new Map<string, number>()

  constructor(world: World, { dice, faults }: { readonly dice: Dice; readonly faults: readonly Fault[] }) {
    this.#world = world
    this.#dice = dice
    this.#faults = faults
  }

  /** Blows struck so far, by the names of the faults. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  rage(): void {
    const { clock, climate } = this.#world
    this.#cancel = clock.schedule(this.#dice.gap(climate.faultGapMs), () => {
      this.#strike()
      this.rage()
    })
  }

  /** Strikes no more, and mends what is stricken. */
  stop(): void {
    this.#cancel()
    for (const target of [...this.#strikes.keys()]) this.#mend(target)
  }

  #strike(): void {
    const { clock, emit } = this.#world
    const fault = this.#dice.pick(this.#faults)
    const strike = fault?.aim(this.#world, this.#dice)
    if (fault === undefined || strike === undefined || this.#strikes.has(strike.target)) return
    this.#counts.set(fault.name, (this.#counts.get(fault.name) ?? 0) + 1)
    emit({ type: 'fault', fault: fault.name, what: 'begins', detail: strike.detail })
    const lastsMs = this.#dice.chance(0.5) ? this.#dice.between(...fault.lastsMs) : this.#dice.spread(...fault.lastsMs)
    const cancel = clock.schedule(lastsMs, () => this.#mend(strike.target))
    this.#strikes.set(strike.target, { fault: fault.name, strike, cancel })
    strike.begin()
  }

  #mend(target: string): void {
    const stricken = this.#strikes.get(target)
    if (stricken === undefined) return
    this.#strikes.delete(target)
    stricken.cancel()
    this.#world.emit({ type: 'fault', fault: stricken.fault, what: 'ends', detail: stricken.strike.detail })
    stricken.strike.end()
  }
}
