import type { Invariant } from '../invariant.js'

/** PROTOCOL §2: a workload moves in steps. */
export const oneHolder: Invariant = {
  name: 'one holder',
  holds: 'A workload never runs on two nodes at once, whoever is cut off from whom.',
  watch({ floor }) {
    return (event) => {
      if (event.type !== 'container' || event.kind !== 'started') return undefined
      const other = floor.running(event.spec.workload).find(({ node }) => node !== event.node)
      return other && `${event.spec.workload} starts on ${event.node} while it runs on ${other.node}`
    }
  },
}
