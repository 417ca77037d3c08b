import type { SimulationEvent } from './simulation-event.js'
import { storedValue } from './stored-value.js'

const prefix = 'nodes/'

/**
 * Tells which nodes an event gives another key, or registers with one that is not the one they had. Whoever joins anew says nothing of what it held before: its
 * master compares what it has.
 */
export function enrolments(): (event: SimulationEvent) => readonly string[] {
  const known = new Map<string, string>()
  return (event) => {
    if (event.type === 'life' && event.what === 'new-identity') return [event.who]
    if (event.type !== 'commit') return []
    return event.changes.flatMap((change) => {
      if (change.type === 'delete' || !change.entry.key.startsWith(prefix)) return []
      const node = change.entry.key.slice(prefix.length)
      const [key] = (storedValue(change.entry.value) as { readonly keys: readonly string[] }).keys // the master wrote it
      const isAnother = key !== undefined && known.get(node) !== key
      if (key !== undefined) known.set(node, key)
      return isAnother ? [node] : []
    })
  }
}
