import type { Fault } from '../fault.js'
import { usualPace } from '../usual-pace.js'

/** Messages to and from a place are late, each by another delay: those of different connections overtake each other. */
export const lateMessages: Fault = {
  name: 'late messages',
  lastsMs: [1_000, 60_000],
  aim(world, dice) {
    const { network, boards, master } = world
    const place = dice.chance(0.2) ? master.address : dice.pick(boards)?.name
    if (place === undefined) return undefined
    const jitterMs = dice.pick([100, 1_000, 4_000]) ?? 1_000
    return {
      target: `pace ${place}`,
      detail: `${place}, by up to ${jitterMs} ms`,
      begin: () => network.delay(place, 0, jitterMs),
      end: () => usualPace.link(world, place),
    }
  },
}
