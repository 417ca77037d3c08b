import type { Provide, TransportSubject } from '@piccolo/conformance'
import type { Transport } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { silentLogger, tlsMaterial } from '@piccolo/testing'
import { detour, type Detour } from './detour.js'
import { tlsTransport } from './tls-transport.js'

const [material, stranger] = await Promise.all([tlsMaterial({ seed: 1 }), tlsMaterial({ seed: 2 })])
const context = { clock: systemClock, random: systemRandom, logger: silentLogger }

/** A master's transport and as many agents' as a case likes, with a link between them that can be cut. */
export const bed: Provide<TransportSubject> = async () => {
  const master = tlsTransport({ listen: '127.0.0.1:0' })(context)
  const transports: Transport[] = [master]
  const detours: Detour[] = []
  const subject: TransportSubject = {
    master, material, stranger,
    nowhere: '127.0.0.1:1',
    agent: () => {
      const agent = tlsTransport()(context)
      transports.push(agent)
      return agent
    },
    reach: async (address) => {
      const way = await detour(address)
      detours.push(way)
      return way.address
    },
    sever: () => {
      for (const way of detours) way.sever()
    },
  }
  return {
    subject,
    dispose: async () => {
      await Promise.all(transports.map((transport) => transport.close()))
      await Promise.all(detours.map((way) => way.close()))
    },
  }
}
