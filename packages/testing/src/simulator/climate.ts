import type { AgentOptions } from '@piccolo/core/agent'
import type { Timings } from '@piccolo/core/spi'
import type { Dice } from '../random/dice.js'
import type { Fault } from './fault.js'
import { presentImages } from './people/images.js'

/** How things are in one simulation from beginning to end: how slow, how patient, and what goes wrong how often. */
export interface Climate {
  /** One line for people. */
  readonly name: string
  readonly timings: Timings
  readonly reconciler: NonNullable<AgentOptions['reconciler']>
  /** Images that every board has. */
  readonly images: readonly string[]
  /** The faults that strike in this one. */
  readonly faults: readonly Fault[]
  /** Between two strikes, and between two things people do, on average. */
  readonly faultGapMs: number
  readonly peopleGapMs: number
  /** How long things usually take, in ms: up to twice this on a link, up to this for a call of store, disk or engine. */
  readonly linkMs: number
  readonly storeMs: number
  readonly diskMs: number
  readonly engineMs: number
}

const profiles = {
  lan: { beatMs: 1_000, suspectMs: 3_000, disconnectedMs: 6_000, lostMs: 10_000, stopAfterMs: 7_000, redialCapMs: 2_000 },
  default: { beatMs: 5_000, suspectMs: 15_000, disconnectedMs: 30_000, lostMs: 60_000, stopAfterMs: 45_000, redialCapMs: 8_000 },
} as const satisfies Record<string, Timings>

/**
 * Draws a climate. Each leaves out about half of the faults: what goes wrong often hides what goes wrong rarely, and some things only show
 * where nothing else disturbs them.
 */
export function drawClimate(dice: Dice, all: readonly Fault[]): Climate {
  const profile = dice.chance(0.4) ? 'lan' : 'default'
  const kept = all.filter(() => dice.chance(0.5))
  const faults = kept.length === 0 ? all : kept
  const linkMs = dice.pick([0, 1, 5, 40, 150]) ?? 0
  const storeMs = dice.pick([0, 2, 10, 50]) ?? 0
  const diskMs = dice.pick([0, 1, 10, 50]) ?? 0
  const engineMs = dice.pick([0, 20, 200]) ?? 0
  const faultGapMs = dice.pick([4_000, 10_000, 25_000]) ?? 10_000
  const peopleGapMs = dice.pick([4_000, 12_000, 30_000]) ?? 12_000
  return {
    name: `${profile} timings, link ${linkMs} ms, store ${storeMs} ms, disk ${diskMs} ms, engine ${engineMs} ms, a fault every ${faultGapMs / 1000} s of ${faults.map(({ name }) => name).join(', ')}`,
    timings: profiles[profile],
    reconciler: { restart: { initialMs: 500, capMs: 8_000 }, retry: { initialMs: 500, capMs: 8_000 } },
    images: presentImages,
    faults,
    faultGapMs,
    peopleGapMs, linkMs, storeMs, diskMs, engineMs,
  }
}
