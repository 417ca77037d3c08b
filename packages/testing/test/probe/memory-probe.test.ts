import { describe, test } from 'vitest'
import { registerSuite, resourceProbeSuite } from '@piccolo/conformance'
import { manualClock, memoryBoard, memoryProbe, seededRandom, silentLogger } from '@piccolo/testing'

describe('the twin of a resource probe', () => {
  registerSuite(resourceProbeSuite, test, () => {
    const adapter = memoryProbe(memoryBoard())
    const subject = { probe: () => adapter({ clock: manualClock(), random: seededRandom(1), logger: silentLogger }) }
    return Promise.resolve({ subject, dispose: () => Promise.resolve() })
  })
})
