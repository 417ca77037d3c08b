import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way round to an address on this machine that can be cut, as a link that goes down would be. */
export interface Detour {
  readonly address: string
  /** Breaks what is open; later connections pass. */
  sever(): void
  close(): Promise<void>
}

export async function detour(address: string): Promise<Detour> {
  const [host, port] = address.split(':')
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sever = (): void => {
    // A socket that is being shut down can't be reset: Node would keep its handle, and the process with it.
    for (const socket of sockets) if (socket.writableEnded) socket.destroy()
    else socket.resetAndDestroy()
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // a server on TCP has one
    sever,
    close: () => {
      sever()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
