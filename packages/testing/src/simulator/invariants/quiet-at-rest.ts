import type { StoreChange } from '@piccolo/core/spi'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'

/** DESIGN: quiet when nothing happens. */
export const quietAtRest: Invariant = {
  name: 'quiet at rest',
  holds:
    'Once everything has settled nothing is written any more: neither to the store, nor to a disk, nor does an agent touch a container. But for two things, soon over: what happened over and over while it raged, told once and counted from then on, is summed up, once; and the past is pruned, which only deletes.',
  watch() {
    let atRest = false
    const summed = new Set<string>()
    return (event) => {
      if (event.type === 'phase') atRest = event.phase === 'resting'
      if (!atRest) return undefined
      if (event.type === 'commit') {
        const written = event.changes.filter((change) => !isPruned(change) && !isFirstSummary(change, summed))
        return written.length === 0 ? undefined : `at rest the store was written to: ${written.map((change) => (change.type === 'put' ? change.entry.key : change.key)).join(' ')}`
      }
      if (event.type === 'disk' && !event.volatile) return `at rest ${event.node} wrote to its disk: ${event.kind} ${event.path}`
      return event.type === 'container' ? `at rest something happened on ${event.node}: ${event.spec.name} ${event.kind}` : undefined
    }
  },
}

const past = ['events/', 'audit/', 'history/', 'tokens/']

function isPruned(change: StoreChange): boolean {
  return change.type === 'delete' && past.some((prefix) => change.key.startsWith(prefix))
}

/** Whether it is the event that sums up repeats of one kind about one subject, and the first that does. */
function isFirstSummary(change: StoreChange, summed: Set<string>): boolean {
  if (change.type === 'delete' || !change.entry.key.startsWith('events/')) return false
  const { type, subject, fields } = storedValue(change.entry.value) as { readonly type: string; readonly subject: string; readonly fields: Readonly<Record<string, unknown>> } // the master wrote it
  const kind = `${type} ${subject}`
  if (typeof fields['repeats'] !== 'number' || summed.has(kind)) return false
  summed.add(kind)
  return true
}
