import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** `up`: from the client to etcd; `down`: from etcd to the client. */
export type Direction = 'up' | 'down'

/** A link before an etcd that can be held, one direction at a time, and cut. */
export interface TcpProxy {
  readonly address: string
  /** Connections that were made through it so far. */
  readonly connections: number
  /** Bytes that have passed down so far. */
  readonly passedDown: number
  /** From now on nothing passes in this direction, and nobody is told; what comes waits. */
  hold(direction: Direction): void
  /** What waited passes, and everything from now on. */
  release(): void
  /** Breaks what is open; new connections pass. */
  cut(): void
  /** Breaks what is open as soon as so many more bytes have passed down. */
  cutAfter(bytes: number): void
  close(): Promise<void>
}

export async function tcpProxy(endpoint: string, host = '127.0.0.1'): Promise<TcpProxy> {
  const target = new URL(endpoint)
  const sockets = new Set<Socket>()
  const held = new Set<Direction>()
  let connections = 0
  let passedDown = 0
  let cutAt = Infinity

  const cut = (): void => {
    cutAt = Infinity
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const pass = (from: Socket, to: Socket, direction: Direction): void => {
    sockets.add(from)
    from.setNoDelay()
    from.on('data', (bytes) => {
      to.write(bytes)
      if (held.has(direction)) from.pause()
      if (direction === 'up') return
      passedDown += bytes.byteLength
      if (passedDown >= cutAt) cut()
    })
    if (held.has(direction)) from.pause()
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    directions.set(from, direction)
  }
  const directions = new WeakMap<Socket, Direction>()
  const server = createServer((near) => {
    connections += 1
    const far = connect(Number(target.port), target.hostname)
    pass(near, far, 'up')
    pass(far, near, 'down')
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    address: `${target.protocol}//${host}:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections
    },
    get passedDown() {
      return passedDown
    },
    hold(direction) {
      held.add(direction)
      for (const socket of sockets) if (directions.get(socket) === direction) socket.pause()
    },
    release() {
      held.clear()
      for (const socket of sockets) socket.resume()
    },
    cut,
    cutAfter(bytes) {
      cutAt = passedDown + bytes
    },
    close() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
