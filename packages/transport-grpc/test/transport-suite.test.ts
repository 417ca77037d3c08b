import { transportSuite } from '@piccolo/conformance'
import type { Transport } from '@piccolo/core/spi'
import { certified } from '../../../tooling/vitest/certified.js'
import { grpcTransport } from '../src/index.js'
import { ephemeralAuthority, transportMaterial } from './support/ephemeral-authority.js'
import { realContext } from './support/real-clock.js'
import { tcpProxy, type TcpProxy } from './support/tcp-proxy.js'

const authority = await ephemeralAuthority()
const material = await transportMaterial(authority)
const stranger = await transportMaterial(await ephemeralAuthority('stranger'))

certified(transportSuite, async () => {
  const context = realContext()
  const master = grpcTransport({ listen: '127.0.0.1:0' })(context)
  const transports: Transport[] = [master]
  const proxies: TcpProxy[] = []
  const subject = {
    master,
    material,
    stranger,
    nowhere: '127.0.0.1:1',
    agent: () => {
      const agent = grpcTransport()(context)
      transports.push(agent)
      return agent
    },
    reach: async (address: string) => {
      const proxy = await tcpProxy(address)
      proxies.push(proxy)
      return proxy.address
    },
    sever: () => {
      for (const proxy of proxies) proxy.sever()
    },
  }
  const dispose = async (): Promise<void> => {
    await Promise.all(transports.map((transport) => transport.close()))
    await Promise.all(proxies.map((proxy) => proxy.close()))
  }
  return { subject, dispose }
}, { adapter: 'grpcTransport', page: new URL('../certificates/transport.md', import.meta.url) })
