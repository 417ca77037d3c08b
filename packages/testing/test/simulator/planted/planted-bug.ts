import type { SimulationOptions, SimulationParts } from '@piccolo/testing'

/** A bug put into a part on purpose, to see that the simulator finds it. */
export interface PlantedBug {
  /** What the part does wrong, as a sentence. */
  readonly does: string
  /** The name of the invariant that must catch it. */
  readonly caughtBy: string
  /** A seed that brings it to light. */
  readonly seed: number
  readonly parts: SimulationParts
  /** Where it shows best, when not in a small cluster that everything befalls. */
  readonly options?: Partial<SimulationOptions>
}
