import type { Fault } from '../fault.js'
import { usualPace } from '../usual-pace.js'

/** A disk has no room left. */
export const fullDisk: Fault = {
  name: 'full disk',
  lastsMs: [500, 40_000],
  aim({ boards }, dice) {
    const board = dice.pick(boards)
    if (board === undefined) return undefined
    const { disk } = board
    const { totalBytes } = disk
    return { target: `disk ${board.name}`, detail: board.name, begin: () => (disk.totalBytes = 0), end: () => (disk.totalBytes = totalBytes) }
  },
}

/** A disk takes its time over every call. */
export const slowDisk: Fault = {
  name: 'slow disk',
  lastsMs: [1_000, 40_000],
  aim(world, dice) {
    const board = dice.pick(world.boards)
    if (board === undefined) return undefined
    const jitterMs = dice.pick([100, 1_000, 5_000]) ?? 1_000
    return {
      target: `disk ${board.name}`,
      detail: `${board.name}, up to ${jitterMs} ms a call`,
      begin: () => (board.disk.latency.jitterMs = jitterMs),
      end: () => usualPace.disk(world, board.name),
    }
  },
}
