import type { SimulationParts } from '@piccolo/testing'

/** A bug put into a part on purpose, to see that the simulator finds it. */
export interface PlantedBug {
  /** What the part does wrong, as a sentence. */
  readonly does: string
  /** The name of the invariant that must catch it. */
  readonly caughtBy: string
  /** A seed that brings it to light. */
  readonly seed: number
  readonly parts: SimulationParts
}
