import type { Dice } from '../random/dice.js'
import type { World } from './world.js'

/** One blow: what it hits, how it begins and how it is mended. */
export interface Strike {
  /** What is stricken, e.g. `link n3`; while it is, nothing else strikes it. */
  readonly target: string
  /** For people. */
  readonly detail: string
  begin(): void
  end(): void
}

/** Something that can go wrong. */
export interface Fault {
  readonly name: string
  /** How long it lasts, in ms of the simulated clock; drawn between the two, brief ones more often than long ones. */
  readonly lastsMs: readonly [least: number, most: number]
  /** Chooses what to strike; undefined when there is nothing to strike now. */
  aim(world: World, dice: Dice): Strike | undefined
}
