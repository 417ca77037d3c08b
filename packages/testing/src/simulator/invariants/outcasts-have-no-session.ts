import type { MasterMessage } from '@piccolo/core/spi'
import type { Commit } from '../../store/memory-backend.js'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'

const noticedWithinMs = 1_000
/** Whoever was not told what came of a decision makes it again. */
const askedAgainMs = 2_000
const prefix = 'nodes/'

/** DESIGN §9: revocation takes effect on open sessions within a second. */
export const outcastsHaveNoSession: Invariant = {
  name: 'outcasts have no session',
  holds: 'A second after the commit that revokes a node or puts it into quarantine, and until the one that lets it in again, its master says nothing to it but that it is refused. While the store does not tell the master what it has done, the second has not begun.',
  watch({ clock, master, backend, climate }) {
    const out = new Map<string, { readonly why: string; readonly sinceMs: number }>()
    let mayKnowMs = 0
    return (event) => {
      if (backend.unavailable || backend.losesReplies || backend.jitterMs > climate.storeMs) mayKnowMs = clock.monotonicMs() + Math.max(askedAgainMs, backend.jitterMs)
      if (event.type === 'commit') {
        for (const { node, why } of registrationsIn(event)) {
          if (why === undefined) out.delete(node)
          else if (!out.has(node)) out.set(node, { why, sinceMs: clock.monotonicMs() })
        }
      }
      if (event.type !== 'message' || event.phase !== 'sent' || event.from !== master.address) return undefined
      const outcast = out.get(event.to)
      const { type } = event.message as MasterMessage // the master says it
      const outMs = outcast === undefined ? 0 : clock.monotonicMs() - Math.max(outcast.sinceMs, mayKnowMs)
      return outcast === undefined || type === 'refuse' || outMs <= noticedWithinMs ? undefined : `${event.to} was ${outcast.why} ${outMs} ms ago, and gets "${type}" from its master`
    }
  },
}

function registrationsIn({ changes }: Commit): readonly { readonly node: string; readonly why: string | undefined }[] {
  return changes.flatMap((change) => {
    const key = change.type === 'put' ? change.entry.key : change.key
    if (!key.startsWith(prefix)) return []
    const standing = change.type === 'put' ? (storedValue(change.entry.value) as { readonly standing?: { readonly state: string } }).standing : undefined // the master wrote it
    return [{ node: key.slice(prefix.length), why: standing?.state }]
  })
}
