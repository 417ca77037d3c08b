import type { StateStore, StateStoreAdapter } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

/** Says of every tenth commit of a journal that it was made, and does not make it. */
function dropping(adapter: StateStoreAdapter): StateStoreAdapter {
  return (context) => {
    const store = adapter(context)
    let reports = 0
    const port: StateStore = {
      capabilities: store.capabilities,
      open: (signal) => store.open(signal),
      close: () => store.close(),
      get: (key, signal) => store.get(key, signal),
      list: (prefix, options, signal) => store.list(prefix, options, signal),
      watch: (prefix, options, signal) => store.watch(prefix, options, signal),
      async commit(request, signal) {
        const isReport = request.mutations.some(({ key }) => key.startsWith('journals/'))
        if (isReport) reports += 1
        if (!isReport || reports % 10 !== 0) return store.commit(request, signal)
        return { committed: true, revision: (await store.list('nothing/', { limit: 1 }, signal)).revision }
      },
    }
    return port
  }
}

export const storeDropsWhatItAcknowledges: PlantedBug = {
  does: 'the store acknowledges a commit that it has not made',
  caughtBy: 'acknowledged survives',
  seed: 1,
  parts: { master: (usual) => ({ ...usual, store: dropping(usual.store) }) },
}
