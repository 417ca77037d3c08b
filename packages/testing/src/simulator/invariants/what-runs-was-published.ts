import type { Invariant } from '../invariant.js'
import { isMadeFrom } from '../made-from.js'

/** Nothing is made up on the way from an apply to a process. */
export const whatRunsWasPublished: Invariant = {
  name: 'what runs was published',
  holds: 'Every container that starts is made, to the letter, from content that the store had assigned to its node before.',
  watch({ ledger }) {
    return (event) => {
      if (event.type !== 'container' || event.kind !== 'started') return undefined
      const { node, spec } = event
      const contents = [...ledger.published(node, `workload/${spec.workload}`)].map((digest) => ledger.content(digest))
      const isPublished = contents.some((content) => content !== undefined && isMadeFrom(spec, content))
      return isPublished ? undefined : `${spec.name} runs on ${node}, made from something that was never assigned to it`
    }
  },
}
