import { PiccoloError } from '@piccolo/core/spi'
import type { Fault } from '../fault.js'
import { usualPace } from '../usual-pace.js'

/** The container engine of a board is gone for a while; its containers run on unseen. */
export const lostEngine: Fault = {
  name: 'lost engine',
  lastsMs: [500, 40_000],
  aim({ boards }, dice) {
    const board = dice.pick(boards)
    if (board === undefined) return undefined
    return { target: `engine ${board.name}`, detail: board.name, begin: () => board.machine.down(), end: () => board.machine.up() }
  },
}

/** The engine fails at one kind of call. */
export const failingCalls: Fault = {
  name: 'failing calls of the engine',
  lastsMs: [500, 30_000],
  aim({ boards }, dice) {
    const board = dice.pick(boards)
    const call = dice.pick(['create', 'start', 'stop', 'remove', 'pull'] as const)
    if (board === undefined || call === undefined) return undefined
    const error = new PiccoloError(dice.chance(0.5) ? 'internal' : 'unavailable', `The engine can't ${call} now.`)
    return {
      target: `calls ${board.name}`,
      detail: `${board.name} can't ${call}`,
      begin: () => board.machine.fail(call, error),
      end: () => board.machine.fail(call, undefined),
    }
  },
}

/** The engine takes its time over every call, up to longer than its callers wait. */
export const slowEngine: Fault = {
  name: 'slow engine',
  lastsMs: [1_000, 60_000],
  aim(world, dice) {
    const board = dice.pick(world.boards)
    if (board === undefined) return undefined
    const jitterMs = dice.pick([1_000, 10_000, 90_000]) ?? 1_000
    return {
      target: `engine ${board.name}`,
      detail: `${board.name}, up to ${jitterMs} ms a call`,
      begin: () => (board.machine.latency.jitterMs = jitterMs),
      end: () => usualPace.engine(world, board.name),
    }
  },
}

/** Watches of the engine break, as when its service is restarted. */
export const brokenWatches: Fault = {
  name: 'broken watches of the engine',
  lastsMs: [0, 0],
  aim({ boards }, dice) {
    const board = dice.pick(boards)
    return board && { target: `watch ${board.name}`, detail: board.name, begin: () => board.machine.breakWatches(), end: () => undefined }
  },
}
