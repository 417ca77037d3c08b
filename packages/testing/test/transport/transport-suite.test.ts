import { test } from 'vitest'
import { registerSuite, transportSuite } from '@piccolo/conformance'
import { manualClock, memoryNetwork, seededRandom, silentLogger } from '@piccolo/testing'
import { ephemeralAuthority, transportMaterial } from '../../../transport-grpc/test/support/ephemeral-authority.js'

const material = await transportMaterial(await ephemeralAuthority())
const stranger = await transportMaterial(await ephemeralAuthority('stranger'))

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
