import type { Fault } from '../fault.js'

const hourMs = 3_600_000
const tenYearsMs = 3_652 * 24 * hourMs

/** The wall clock of a board or of the master's machine jumps, and back after a while. What else measures time goes on as before. */
export const jumpingClock: Fault = {
  name: 'jumping clock',
  lastsMs: [1_000, 120_000],
  aim(world, dice) {
    const { boards, master } = world
    const board = dice.chance(0.3) ? undefined : dice.pick(boards)
    const byMs = dice.pick([-tenYearsMs, tenYearsMs, -hourMs, hourMs]) ?? hourMs
    const name = board?.name ?? master.address
    const jump = (ms: number): void => {
      if (board === undefined) world.masterClockJumpedMs = world.clock.monotonicMs()
      const place = board ?? master
      place.jumpWall(ms)
    }
    return {
      target: `clock ${name}`,
      detail: `${name}, by ${byMs / hourMs} h`,
      begin: () => jump(byMs),
      end: () => jump(-byMs),
    }
  },
}
