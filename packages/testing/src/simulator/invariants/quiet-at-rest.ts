import type { Invariant } from '../invariant.js'

/** DESIGN: quiet when nothing happens. */
export const quietAtRest: Invariant = {
  name: 'quiet at rest',
  holds: 'Once everything has settled nothing is written any more: neither to the store, nor to a disk, nor does an agent touch a container.',
  watch() {
    let atRest = false
    return (event) => {
      if (event.type === 'phase') atRest = event.phase === 'resting'
      if (!atRest) return undefined
      if (event.type === 'commit') return `at rest the store was written to: ${event.changes.map((change) => (change.type === 'put' ? change.entry.key : change.key)).join(' ')}`
      if (event.type === 'disk' && !event.volatile) return `at rest ${event.node} wrote to its disk: ${event.kind} ${event.path}`
      return event.type === 'container' ? `at rest something happened on ${event.node}: ${event.spec.name} ${event.kind}` : undefined
    }
  },
}
