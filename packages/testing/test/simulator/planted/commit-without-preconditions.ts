import { PiccoloError, type StateStore, type StateStoreAdapter } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

const never = new AbortController().signal
const lateMs = 3_000

/** Writes whatever has changed meanwhile. That now and then an answer is lost and the commit comes late is any store's good right, and brings it to light. */
function withoutPreconditions(adapter: StateStoreAdapter): StateStoreAdapter {
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
      async commit({ mutations }, signal) {
        const blind = { preconditions: [], mutations }
        const isReport = mutations.some(({ key }) => key.startsWith('journals/'))
        if (isReport) reports += 1
        if (!isReport || reports % 10 !== 0) return store.commit(blind, signal)
        context.clock.schedule(lateMs, () => void store.commit(blind, never).catch(() => undefined))
        throw new PiccoloError('unavailable', 'The store gave no answer.')
      },
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
