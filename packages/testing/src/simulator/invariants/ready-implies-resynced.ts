import type { AgentMessage } from '@piccolo/core/spi'
import type { Commit } from '../../store/memory-backend.js'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'
import type { World } from '../world.js'

/** What the master has been told in one session. */
interface Heard {
  /** The node's newest generation when its hello arrived. */
  readonly wanted: bigint | undefined
  /** The workloads whose states the node knew then. */
  readonly known: readonly string[]
  held: bigint | undefined
  synced: boolean
}

/** PROTOCOL §3: `synced` and an acknowledged generation are the barrier before Ready. */
export const readyImpliesResynced: Invariant = {
  name: 'Ready implies resynced',
  holds: 'When a node is called Ready, the store has all the states that the node knew when its session began, and the node has acknowledged the set it was to have then.',
  watch(world) {
    const sessions = new Map<string, Map<number, Heard>>()
    const ready = new Set<string>()
    const judge = (node: string, isReady: boolean): string | undefined => {
      if (isReady === ready.has(node)) return undefined
      if (!isReady) {
        ready.delete(node)
        return undefined
      }
      ready.add(node)
      const heard = [...(sessions.get(node)?.values() ?? [])]
      return heard.some((session) => isResynced(world, node, session)) ? undefined : `${node} is called Ready, but in no session has it told all its states and acknowledged its set`
    }
    return (event) => {
      // What an earlier master has heard counts for nothing.
      if (event.type === 'life' && event.who === 'master' && event.what === 'starts') sessions.clear()
      if (event.type === 'message' && event.to === world.master.address && event.phase === 'arrived') {
        const known = sessions.get(event.from) ?? new Map<number, Heard>()
        sessions.set(event.from, known)
        hear(world, known, event)
      }
      if (event.type !== 'commit') return undefined
      return livenessIn(event).map(({ node, phase }) => judge(node, phase === 'ready')).find((wrong) => wrong !== undefined)
    }
  },
}

function hear({ ledger, board }: World, sessions: Map<number, Heard>, { connection, from, message }: { readonly connection: number; readonly from: string; readonly message: unknown }): void {
  const said = message as AgentMessage // it goes to the master
  if (said.type === 'hello') {
    const known = board(from)?.agent?.health().workloads.map(({ workload }) => workload) ?? []
    sessions.set(connection, { wanted: ledger.generation(from), known, held: said.held?.generation, synced: false })
  }
  const heard = sessions.get(connection)
  if (heard === undefined) return
  if (said.type === 'synced') heard.synced = true
  if (said.type === 'held') heard.held = said.version.generation
}

function isResynced({ backend, board }: World, node: string, { wanted, known, held, synced }: Heard): boolean {
  if (!synced || held === undefined || held < (wanted ?? 0n)) return false
  const still = new Set(board(node)?.agent?.health().workloads.map(({ workload }) => workload))
  return known.every((workload) => !still.has(workload) || backend.get(`states/${node}/workload/${workload}`) !== undefined)
}

function livenessIn({ changes }: Commit): readonly { readonly node: string; readonly phase: string | undefined }[] {
  return changes.flatMap((change) => {
    const key = change.type === 'put' ? change.entry.key : change.key
    if (!key.startsWith('liveness/')) return []
    const phase = change.type === 'put' ? (storedValue(change.entry.value) as { readonly phase: string }).phase : undefined // the master wrote it
    return [{ node: key.slice('liveness/'.length), phase }]
  })
}
