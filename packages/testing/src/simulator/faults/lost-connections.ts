import type { Fault } from '../fault.js'

/** Every connection of a node breaks; of the master now and then. */
export const lostConnections: Fault = {
  name: 'lost connections',
  lastsMs: [0, 0],
  aim({ network, boards, master }, dice) {
    const place = dice.chance(0.1) ? master.address : dice.pick(boards)?.name
    if (place === undefined) return undefined
    return { target: `connections ${place}`, detail: place, begin: () => network.reset(place), end: () => undefined }
  },
}
