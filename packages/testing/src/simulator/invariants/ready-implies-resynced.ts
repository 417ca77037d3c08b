import type { AgentMessage } from '@piccolo/core/spi'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'

/** What the master has been told in one session. */
interface Heard {
  /** The node's newest generation when its hello arrived. */
  readonly wanted: bigint | undefined
  held: bigint | undefined
  synced: boolean
}

/** PROTOCOL §3: `synced` and an acknowledged generation are the barrier before Ready. */
export const readyImpliesResynced: Invariant = {
  name: 'Ready implies resynced',
  holds: 'A node is called Ready only after a session in which it told all its states and acknowledged the set that it was to have when the session began.',
  watch({ ledger, master }) {
    const sessions = new Map<string, Map<number, Heard>>()
    const ready = new Set<string>()
    const hear = (node: string, connection: number, message: AgentMessage): void => {
      const known = sessions.get(node) ?? new Map<number, Heard>()
      sessions.set(node, known)
      if (message.type === 'hello') known.set(connection, { wanted: ledger.generation(node), held: message.held?.generation, synced: false })
      const heard = known.get(connection)
      if (heard === undefined) return
      if (message.type === 'synced') heard.synced = true
      if (message.type === 'held') heard.held = message.version.generation
    }
    const becameReady = (node: string): string | undefined => {
      if (ready.has(node)) return undefined
      ready.add(node)
      const heard = [...(sessions.get(node)?.values() ?? [])]
      const isResynced = heard.some(({ synced, held, wanted }) => synced && held !== undefined && held >= (wanted ?? 0n))
      return isResynced ? undefined : `${node} is called Ready, but in no session has it told all its states and acknowledged its set`
    }
    return (event) => {
      if (event.type === 'message' && event.to === master.address && event.phase === 'arrived') hear(event.from, event.connection, event.message as AgentMessage)
      // What was heard before counts for nothing in a new life of the master, nor once a node is not Ready any more.
      if (event.type === 'life' && event.who === 'master' && event.what === 'starts') sessions.clear()
      if (event.type !== 'commit') return undefined
      for (const change of event.changes) {
        const key = change.type === 'put' ? change.entry.key : change.key
        if (!key.startsWith('liveness/')) continue
        const node = key.slice('liveness/'.length)
        const phase = change.type === 'put' ? (storedValue(change.entry.value) as { readonly phase: string }).phase : undefined // the master wrote it
        if (phase !== 'ready') ready.delete(node)
        const wrong = phase === 'ready' ? becameReady(node) : undefined
        if (wrong !== undefined) return wrong
      }
      return undefined
    }
  },
}
