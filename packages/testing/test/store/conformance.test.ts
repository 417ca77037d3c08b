import { describe, test } from 'vitest'
import { registerSuite, stateStoreSuite } from '@piccolo/conformance'
import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger } from '@piccolo/testing'

describe('memoryStore', () => {
  registerSuite(stateStoreSuite, test, () => {
    const backend = memoryBackend()
    const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
    const subject = {
      create: () => memoryStore({ backend })(context),
      compact: async (_store: unknown, revision: bigint) => backend.compact(revision),
      loseBackend: async () => {
        backend.unavailable = true
        return async () => { backend.unavailable = false }
      },
    }
    return Promise.resolve({ subject, dispose: () => Promise.resolve() })
  })
})
