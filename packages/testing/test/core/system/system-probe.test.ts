import { describe, test } from 'vitest'
import { registerSuite, resourceProbeSuite } from '@piccolo/conformance'
import { systemProbe } from '@piccolo/core/system'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'

describe('systemProbe', () => {
  registerSuite(resourceProbeSuite, test, () => {
    const subject = { probe: () => systemProbe()({ clock: manualClock(), random: seededRandom(1), logger: silentLogger }) }
    return Promise.resolve({ subject, dispose: () => Promise.resolve() })
  })
})
