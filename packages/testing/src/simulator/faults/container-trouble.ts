import type { Fault } from '../fault.js'
import type { Standing } from '../floor.js'
import type { World } from '../world.js'
import type { Dice } from '../../random/dice.js'

/** A container's program ends though nobody asked it to: badly, well, or for want of memory. */
export const failingContainer: Fault = {
  name: 'failing container',
  lastsMs: [0, 0],
  aim(world, dice) {
    const victim = aRunningOne(world, dice)
    if (victim === undefined) return undefined
    const { board, standing } = victim
    const [exitCode, outOfMemory] = dice.pick([[1, false], [139, false], [137, true]] as const) ?? [1, false]
    return {
      target: `container ${standing.state.id}`,
      detail: `${standing.spec.name} on ${board.name} with ${exitCode}`,
      begin: () => board.machine.exit(standing.spec.name, exitCode, { outOfMemory }),
      end: () => undefined,
    }
  },
}

/** Somebody removes a container by hand. */
export const removedContainer: Fault = {
  name: 'container removed by hand',
  lastsMs: [0, 0],
  aim(world, dice) {
    const victim = aRunningOne(world, dice)
    if (victim === undefined) return undefined
    const { board, standing } = victim
    return {
      target: `container ${standing.state.id}`,
      detail: `${standing.spec.name} on ${board.name}`,
      begin: () => board.machine.removeByHand(standing.spec.name),
      end: () => undefined,
    }
  },
}

function aRunningOne({ floor, board }: World, dice: Dice): { readonly board: NonNullable<ReturnType<World['board']>>; readonly standing: Standing } | undefined {
  const standing = dice.pick(floor.all.filter(({ state }) => state.phase === 'running'))
  const place = standing && board(standing.node)
  return standing === undefined || place === undefined ? undefined : { board: place, standing }
}
