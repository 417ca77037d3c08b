import type { Hello, Held } from '@piccolo/core/spi'
import type { Invariant } from '../invariant.js'
import { isMadeFrom } from '../made-from.js'

/** A stop, once asked for, can't be taken back: so long it may take, its grace and a slow engine included. */
const stopMs = 120_000

/** DESIGN §7: a node needs nobody. */
export const nothingStopsWithoutItsMaster: Invariant = {
  name: 'nothing stops merely because the master is away',
  holds: 'An agent ends a container only if the set it holds, or one that it held when it began to, wants something else in its place, or nothing.',
  watch({ ledger, board, clock }) {
    const told = new Map<string, { readonly atMs: number; readonly generation: bigint }[]>()
    return (event) => {
      if (event.type === 'message' && event.phase === 'sent') {
        const message = event.message as Hello | Held // told apart by their type
        const version = message.type === 'hello' ? message.held : message.type === 'held' ? message.version : undefined
        if (version !== undefined) told.set(event.from, [...(told.get(event.from) ?? []), { atMs: clock.monotonicMs(), generation: version.generation }])
      }
      if (event.type !== 'container' || event.by !== 'caller') return undefined
      const isEnd = event.kind === 'ended' || (event.kind === 'removed' && event.state.phase === 'running')
      if (!isEnd) return undefined
      const { node, spec } = event
      const held = board(node)?.agent?.health().held
      if (held === undefined) return undefined
      const before = told.get(node)?.findLast(({ atMs }) => atMs <= clock.monotonicMs() - stopMs)?.generation ?? 0n
      const areWanting = ledger.setsBetween(node, before, held.generation).every((set) => {
        const digest = set.get(`workload/${spec.workload}`)
        const content = digest === undefined ? undefined : ledger.content(digest)
        return content !== undefined && isMadeFrom(spec, content)
      })
      return areWanting ? `the agent of ${node} ended ${spec.name}, which generation ${held.generation} that it holds wants to run` : undefined
    }
  },
}
