import type { Invariant } from '../invariant.js'
import { isMadeFrom } from '../made-from.js'

/** DESIGN §7: a node needs nobody. */
export const nothingStopsWithoutItsMaster: Invariant = {
  name: 'nothing stops merely because the master is away',
  holds: 'An agent ends a container only if the set it holds wants something else in its place, or nothing.',
  watch({ ledger, board }) {
    return (event) => {
      if (event.type !== 'container' || event.by !== 'caller') return undefined
      const isEnd = event.kind === 'ended' || (event.kind === 'removed' && event.state.phase === 'running')
      if (!isEnd) return undefined
      const { node, spec } = event
      const held = board(node)?.agent?.health().held
      const digest = held && ledger.setOf(node, held.generation)?.get(`workload/${spec.workload}`)
      const content = digest === undefined ? undefined : ledger.content(digest)
      const isWanted = content !== undefined && isMadeFrom(spec, content)
      return isWanted ? `the agent of ${node} ended ${spec.name}, which generation ${held?.generation ?? ''} that it holds wants to run` : undefined
    }
  },
}
