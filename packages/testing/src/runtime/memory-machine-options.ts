import type { Clock, Random } from '@piccolo/core/spi'

export interface MemoryMachineOptions {
  readonly clock: Clock
  /** Images that are on it from the start. */
  readonly images?: readonly string[]
  /** Decides how long calls take. Default: seed 0. */
  readonly random?: Random
}
