import type { Fault } from '../fault.js'

/**
 * A board loses its power, at once or at the very moment of one of its next changes to the disk, and boots after a while: unsynced writes
 * are lost, every container has ended.
 */
export const powerCut: Fault = {
  name: 'power cut',
  lastsMs: [1_000, 60_000],
  aim(world, dice) {
    const board = dice.pick(world.boards)
    const service = board && world.service(board.name)
    if (board === undefined || service === undefined) return undefined
    const changes = dice.chance(0.4) ? 0 : dice.between(1, 12)
    let isOff = false
    const goOff = (): void => {
      if (isOff) return
      isOff = true
      service.down()
      board.powerOff()
      world.emit({ type: 'life', who: board.name, what: 'power-off' })
    }
    return {
      target: `board ${board.name}`,
      detail: `${board.name}, ${changes === 0 ? 'at once' : `after ${changes} changes to its disk`}`,
      begin: () => (changes === 0 ? goOff() : board.disk.cutPowerAfter(changes, goOff)),
      end() {
        goOff()
        board.powerOn()
        world.emit({ type: 'life', who: board.name, what: 'power-on' })
        service.up()
      },
    }
  },
}
