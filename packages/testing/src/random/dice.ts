import type { Random } from '@piccolo/core/spi'
import { seededRandom } from './seeded-random.js'

/** What is decided by chance, in words. */
export interface Dice extends Random {
  /** Whole numbers from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** Likewise, but small ones are as likely as large ones, whatever their size: from 1 to 1,000 as many below 32 as above. */
  spread(least: number, most: number): number
  /** True as likely as said, from 0 to 1. */
  chance(likelihood: number): boolean
  /** One of them; undefined of none. */
  pick<Item>(items: readonly Item[]): Item | undefined
  /** Waits between things that happen independently, `mean` on average, at most five times that. */
  gap(mean: number): number
  /** Dice of their own: what is decided with them changes nothing for others. */
  fork(name: string): Dice
}

/** Dice that a number and a name decide. */
export function dice(seed: number, name = ''): Dice {
  const random = seededRandom(mixed(`${seed} ${name}`))
  const between = (least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1))
  return {
    ...random,
    between,
    spread: (least, most) => least + Math.floor((most - least + 1) ** random.next()) - 1,
    chance: (likelihood) => random.next() < likelihood,
    pick: (items) => items[Math.floor(random.next() * items.length)],
    gap: (mean) => Math.ceil(Math.min(5 * mean, -mean * Math.log(1 - random.next()))),
    fork: (inner) => dice(seed, `${name}/${inner}`),
  }
}

/** FNV-1a: neighbouring seeds and names get numbers that have nothing to do with each other. */
function mixed(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
