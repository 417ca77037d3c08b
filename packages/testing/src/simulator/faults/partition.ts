import type { Fault } from '../fault.js'

/** Nothing passes to or from a node, or to or from the master: both ways, or one. */
export const partition: Fault = {
  name: 'partition',
  lastsMs: [500, 90_000],
  aim({ network, boards, master }, dice) {
    const place = dice.chance(0.15) ? master.address : dice.pick(boards)?.name
    if (place === undefined) return undefined
    const direction = dice.pick([undefined, undefined, 'incoming', 'outgoing'] as const)
    return {
      target: `link ${place}`,
      detail: `${place}, ${direction ?? 'both ways'}`,
      begin: () => network.cut(place, direction),
      end: () => network.heal(place),
    }
  },
}
