import type { NodeFactsRecord } from '../../../model/records/index.js'

/** Boots remembered of one key. */
const mostBoots = 16

/** What is known of the boots of a key once this one has shown itself. */
export interface Boots {
  /**
   * This boot was followed by another one already: two boards use the key. A boot id is drawn anew at every start of a machine and never
   * comes back; that the same one comes again and again is a link that breaks.
   */
  readonly cloned: boolean
  readonly earlier: readonly string[]
}

export function bootsWith(before: Pick<NodeFactsRecord, 'facts' | 'key' | 'earlierBoots'> | undefined, now: { readonly key: string; readonly bootId: string }): Boots {
  // Another key is another board: what its predecessor did says nothing about it.
  if (before === undefined || (before.key !== undefined && before.key !== now.key)) return { cloned: false, earlier: [] }
  const earlier = before.earlierBoots ?? []
  if (before.facts.bootId === now.bootId) return { cloned: false, earlier }
  return { cloned: earlier.includes(now.bootId), earlier: [...earlier.filter((boot) => boot !== now.bootId), before.facts.bootId].slice(-mostBoots) }
}
