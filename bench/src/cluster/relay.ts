import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Hands bytes on between who dials it and an address, and counts them, both ways. */
export interface Relay {
  readonly address: string
  readonly bytes: number
  close(): Promise<void>
}

export async function relay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(`tcp://${target}`)
  const sockets = new Set<Socket>()
  let bytes = 0
  const server = createServer((dialled) => {
    const onward = connect(Number(port), hostname)
    for (const [from, to] of [[dialled, onward], [onward, dialled]] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => { bytes += chunk.length })
      from.on('error', () => to.destroy())
      from.on('close', () => { to.destroy(); sockets.delete(from) })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    get bytes() {
      return bytes
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
