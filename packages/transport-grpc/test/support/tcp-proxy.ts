import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  readonly address: string
  /** Breaks what is open; new connections pass. */
  sever(): void
  /** Nothing passes any more, and nobody is told. */
  stall(): void
  /** Connections on its near side. */
  open(): number
  close(): Promise<void>
}

/** A link that can be cut, before a listener on this machine. */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const [host, port] = target.split(':')
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from)
      from.setNoDelay()
      from.on('data', (bytes) => {
        if (!stalled) to.write(bytes)
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sever = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sever,
    open: () => sockets.size / 2,
    stall: () => {
      stalled = true
    },
    close: () => {
      sever()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
