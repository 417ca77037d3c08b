/** Limits of silence, in milliseconds. The master sends a node's own in `welcome`. */
export interface Timings {
  readonly beatMs: number
  readonly suspectMs: number
  readonly disconnectedMs: number
  readonly lostMs: number
  /** A movable workload stops itself after this long without a lease. */
  readonly stopAfterMs: number
  /** Cap of the redial backoff. */
  readonly redialCapMs: number
}

export type TimingProfile = 'lan' | 'default' | 'cellular'

export const timingProfiles: Readonly<Record<TimingProfile, Timings>> = {
  lan: { beatMs: 1_000, suspectMs: 3_000, disconnectedMs: 6_000, lostMs: 10_000, stopAfterMs: 7_000, redialCapMs: 2_000 },
  default: { beatMs: 5_000, suspectMs: 15_000, disconnectedMs: 30_000, lostMs: 60_000, stopAfterMs: 45_000, redialCapMs: 8_000 },
  cellular: { beatMs: 15_000, suspectMs: 45_000, disconnectedMs: 120_000, lostMs: 600_000, stopAfterMs: 480_000, redialCapMs: 30_000 },
}
