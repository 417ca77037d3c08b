import { describe, test } from 'vitest'
import { registerSuite, transportSuite } from '@piccolo/conformance'
import { manualClock, memoryNetwork, seededRandom, silentLogger, tlsMaterial } from '@piccolo/testing'

const [material, stranger] = await Promise.all([tlsMaterial({ seed: 1 }), tlsMaterial({ seed: 2 })])

describe('the twin of the transport', () => {
  registerSuite(transportSuite, test, async () => {
    const context = { clock: manualClock(Date.now()), random: seededRandom(1), logger: silentLogger }
    const network = memoryNetwork()
    const master = network.transport({ listen: 'master' })(context)
    const subject = {
      master,
      material,
      stranger,
      nowhere: 'nowhere',
      agent: () => network.transport()(context),
      reach: async (address: string) => address,
      sever: () => network.reset('master'),
    }
    return { subject, dispose: () => master.close() }
  })
})
