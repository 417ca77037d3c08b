import type { Fault } from '../fault.js'

/** An agent is killed, as by kill -9, and started again after a while. */
export const killedAgent: Fault = {
  name: 'killed agent',
  lastsMs: [100, 40_000],
  aim(world, dice) {
    const board = dice.pick(world.boards)
    const service = board && world.service(board.name)
    if (board === undefined || service === undefined) return undefined
    return {
      target: `board ${board.name}`,
      detail: board.name,
      begin() {
        service.down()
        void board.kill()
        world.emit({ type: 'life', who: board.name, what: 'killed' })
      },
      end: () => service.up(),
    }
  },
}
