import type { Fault } from '../fault.js'

/** The master gets something a second time that a node has said before: in the same session, or in an earlier one. */
export const replayedMessages: Fault = {
  name: 'replayed message',
  lastsMs: [0, 0],
  aim({ boards, overheard, network }, dice) {
    const board = dice.pick(boards)
    if (board === undefined) return undefined
    const all = overheard.of(board.name)
    const newest = all.at(-1)?.connection
    const wantsOlder = dice.chance(0.5)
    const said = dice.pick(all.filter(({ connection }) => wantsOlder === (connection !== newest)))
    if (said === undefined) return undefined
    return {
      target: `replay ${board.name}`,
      detail: `of ${board.name}, from connection #${said.connection}`,
      begin: () => void network.inject(board.name, said.message),
      end: () => undefined,
    }
  },
}
