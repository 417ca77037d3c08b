import type { SimulationEvent } from './simulation-event.js'
import type { World } from './world.js'

/** Something that must hold whatever goes wrong. */
export interface Invariant {
  readonly name: string
  /** What always holds, as a sentence. */
  readonly holds: string
  /** Begins to watch one simulation. The returned function is told everything that happens and answers what is wrong, for people; undefined = all is well. */
  readonly watch: (world: World) => (event: SimulationEvent) => string | undefined
}
