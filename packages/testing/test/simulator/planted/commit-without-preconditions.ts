import type { StateStore, StateStoreAdapter } from '@piccolo/core/spi'
import { allFaults } from '@piccolo/testing'
import type { PlantedBug } from './planted-bug.js'

/** Writes whatever has changed meanwhile. */
function withoutPreconditions(adapter: StateStoreAdapter): StateStoreAdapter {
  return (context) => {
    const store = adapter(context)
    const port: StateStore = {
      capabilities: store.capabilities,
      open: (signal) => store.open(signal),
      close: () => store.close(),
      get: (key, signal) => store.get(key, signal),
      list: (prefix, options, signal) => store.list(prefix, options, signal),
      watch: (prefix, options, signal) => store.watch(prefix, options, signal),
      commit: ({ mutations }, signal) => store.commit({ preconditions: [], mutations }, signal),
    }
    return port
  }
}

/** What makes a commit arrive late, and others come in between. */
const helpful = new Set(['slow store', 'failing container', 'lost connections', 'killed master', 'killed agent'])

export const commitWithoutPreconditions: PlantedBug = {
  does: 'the store commits without looking at what the commit depends on',
  caughtBy: 'events of a node arrive once and in order',
  seed: 11,
  parts: { master: (usual) => ({ ...usual, store: withoutPreconditions(usual.store) }) },
  options: { nodes: 10, ragingMs: 600_000, faults: allFaults.filter(({ name }) => helpful.has(name)) },
}
