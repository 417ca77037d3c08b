import type { StateStore, StateStoreAdapter } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

/** Loses what was committed while the watch was being set up again, as one does that resumes at the newest revision. */
function resumingAtTheNewest(adapter: StateStoreAdapter): StateStoreAdapter {
  return (context) => {
    const store = adapter(context)
    const watched = new Set<string>()
    const port: StateStore = {
      capabilities: store.capabilities,
      open: (signal) => store.open(signal),
      close: () => store.close(),
      get: (key, signal) => store.get(key, signal),
      list: (prefix, options, signal) => store.list(prefix, options, signal),
      commit: (request, signal) => store.commit(request, signal),
      async *watch(prefix, { after }, signal) {
        const isResumed = watched.has(prefix)
        watched.add(prefix)
        const from = isResumed ? (await store.list('nothing/', { limit: 1 }, signal)).revision : after
        yield* store.watch(prefix, { after: from }, signal)
      },
    }
    return port
  }
}

export const watchSkipsACommit: PlantedBug = {
  does: 'a watch of the store that broke goes on at the newest revision instead of the last one it delivered',
  caughtBy: 'everything settles',
  seed: 1,
  parts: { master: (usual) => ({ ...usual, store: resumingAtTheNewest(usual.store) }) },
}
