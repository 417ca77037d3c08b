import type { Timings } from '@piccolo/core/spi'
import type { Dice } from '../random/dice.js'
import type { Climate } from './climate.js'
import type { Fault } from './fault.js'
import { presentImages } from './people/images.js'

const profiles = {
  lan: { beatMs: 1_000, suspectMs: 3_000, disconnectedMs: 6_000, lostMs: 10_000, stopAfterMs: 7_000, redialCapMs: 2_000 },
  default: { beatMs: 5_000, suspectMs: 15_000, disconnectedMs: 30_000, lostMs: 60_000, stopAfterMs: 45_000, redialCapMs: 8_000 },
} as const satisfies Record<string, Timings>

/**
 * Draws a climate, and the faults that strike in it: about half of all; what goes wrong often hides what goes wrong rarely, and some things only show
 * where nothing else disturbs them.
 */
export function drawClimate(dice: Dice, all: readonly Fault[]): { readonly climate: Climate; readonly faults: readonly Fault[] } {
  const profile = dice.chance(0.4) ? 'lan' : 'default'
  const kept = all.filter(() => dice.chance(0.5))
  const faults = kept.length === 0 ? all : kept
  const linkMs = dice.pick([0, 1, 5, 40, 150]) ?? 0
  const storeMs = dice.pick([0, 2, 10, 50]) ?? 0
  const diskMs = dice.pick([0, 1, 10, 50]) ?? 0
  const engineMs = dice.pick([0, 20, 200]) ?? 0
  const faultGapMs = dice.pick([4_000, 10_000, 25_000]) ?? 10_000
  const peopleGapMs = dice.pick([4_000, 12_000, 30_000]) ?? 12_000
  const climate = {
    name: `${profile} timings, link ${linkMs} ms, store ${storeMs} ms, disk ${diskMs} ms, engine ${engineMs} ms, a fault every ${faultGapMs / 1000} s of ${faults.map(({ name }) => name).join(', ')}`,
    timings: profiles[profile],
    reconciler: { restart: { initialMs: 500, capMs: 8_000 }, retry: { initialMs: 500, capMs: 8_000 } },
    images: presentImages,
    faultGapMs,
    peopleGapMs, linkMs, storeMs, diskMs, engineMs,
  }
  return { climate, faults }
}
