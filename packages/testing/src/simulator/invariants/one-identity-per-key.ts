import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'

const prefix = 'nodes/'
const refusedPrefix = 'refused-keys/'

/** PROTOCOL §7: a key is registered for one node, and what was revoked stays so. */
export const oneIdentityPerKey: Invariant = {
  name: 'one identity per key',
  holds: 'No two nodes are registered with the same key, and a key that was refused once is registered never again.',
  watch() {
    const owners = new Map<string, string>()
    const refused = new Set<string>()
    return (event) => {
      if (event.type !== 'commit') return undefined
      for (const change of event.changes) if (change.type === 'put' && change.entry.key.startsWith(refusedPrefix)) refused.add(change.entry.key.slice(refusedPrefix.length))
      for (const change of event.changes) {
        const name = change.type === 'put' ? change.entry.key : change.key
        if (!name.startsWith(prefix)) continue
        const node = name.slice(prefix.length)
        const { keys } = change.type === 'put' ? (storedValue(change.entry.value) as { readonly keys: readonly string[] }) : { keys: [] } // the master wrote it
        for (const [key, owner] of owners) if (owner === node && !keys.includes(key)) owners.delete(key)
        for (const key of keys) {
          const owner = owners.get(key) ?? node
          if (owner !== node) return `${node} is registered with a key of ${owner}`
          if (refused.has(key)) return `${node} is registered with a key that was refused`
          owners.set(key, node)
        }
      }
      return undefined
    }
  },
}
