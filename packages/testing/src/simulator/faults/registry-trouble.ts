import type { Fault } from '../fault.js'
import { pulledImages, pullMs } from '../people/images.js'

/** The registry can't be reached from a board, or takes its time. */
export const registryTrouble: Fault = {
  name: 'registry trouble',
  lastsMs: [1_000, 60_000],
  aim({ boards }, dice) {
    const board = dice.pick(boards)
    if (board === undefined) return undefined
    const { registry } = board.machine
    const slowMs = dice.chance(0.5) ? dice.between(5_000, 120_000) : undefined
    const set = (image: string, ms: number): void => void registry.set(image, { pullMs: ms })
    return {
      target: `registry ${board.name}`,
      detail: slowMs === undefined ? `out of reach of ${board.name}` : `${slowMs} ms for a pull on ${board.name}`,
      begin() {
        for (const image of pulledImages) if (slowMs === undefined) registry.delete(image)
          else set(image, slowMs)
      },
      end() {
        for (const image of pulledImages) set(image, pullMs)
      },
    }
  },
}
