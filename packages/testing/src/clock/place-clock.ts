import type { Clock } from '@piccolo/core/spi'

/** The clock of one machine. */
export interface PlaceClock extends Clock {
  /** Moves its wall clock alone, as a person or a time server would. */
  jumpWall(ms: number): void
}

/** Goes with the world's clock, but for what its own wall clock says. */
export function placeClock(clock: Clock): PlaceClock {
  let aheadMs = 0
  return {
    ...clock,
    wallMs: () => clock.wallMs() + aheadMs,
    jumpWall(ms) {
      aheadMs += ms
    },
  }
}
