import { createServer, type AddressInfo } from 'node:net'
import { testEtcd, type TestEtcd } from './test-etcd.js'

/** So many members of one cluster. */
export async function testMembers(count: number): Promise<readonly TestEtcd[]> {
  const ports = await freePorts(3 * count)
  const members = Array.from({ length: count }, (_, index) => {
    const [client = 0, peer = 0, health = 0] = ports.slice(3 * index)
    return { name: `member-${index}`, ports: { client, peer, health } }
  })
  const cluster = members.map(({ name, ports: { peer } }) => `${name}=http://127.0.0.1:${peer}`).join(',')
  return Promise.all(members.map((member) => testEtcd({ ports: member.ports, arguments: [`--name=${member.name}`, `--initial-cluster=${cluster}`] })))
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }))
  const ports = servers.map((server) => (server.address() as AddressInfo).port) // they listen on TCP
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
