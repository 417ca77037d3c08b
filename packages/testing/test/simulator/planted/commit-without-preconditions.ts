import type { StateStore, StateStoreAdapter } from '@piccolo/core/spi'
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

export const commitWithoutPreconditions: PlantedBug = {
  does: 'the store commits without looking at what the commit depends on',
  caughtBy: 'events of a node arrive once and in order',
  seed: 1,
  parts: { master: (usual) => ({ ...usual, store: withoutPreconditions(usual.store) }) },
}
