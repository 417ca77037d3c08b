import { connect, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

/** A way to the master that the test stands at. It sees connections come and go, and can keep an answer from arriving. */
export interface WatchedLink {
  readonly address: string
  /** Connections ever made. */
  readonly made: number
  /** When a connection was last closed, by `performance.now()`; 0 = none was. */
  readonly lastClosedMs: number
  /** Whether an answer is being kept back. */
  readonly keptBack: boolean
  /** The next request passes; what is answered from then on stays here. */
  loseNextAnswer(): void
  /** Breaks every connection. Later ones pass whole. */
  cut(): void
  close(): Promise<void>
}

/** More than a client says of its own accord after its hello, less than a request to join. */
const requestBytes = 400

export async function watchedLink(target: string): Promise<WatchedLink> {
  const [host = '', port = ''] = target.split(':')
  const sockets = new Set<Socket>()
  let made = 0
  let lastClosedMs = 0
  let losing: 'nothing' | 'next' | 'all' = 'nothing'
  const server = createServer((near) => {
    made += 1
    const far = connect({ host, port: Number(port) })
    let greeted = false
    near.on('data', (bytes) => {
      if (losing === 'next' && greeted && bytes.length >= requestBytes) losing = 'all'
      greeted = true
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (losing !== 'all') near.write(bytes)
    })
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        lastClosedMs = performance.now()
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('The link listens on no TCP port.')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
    losing = 'nothing'
  }
  return {
    address: `127.0.0.1:${String(listening.port)}`,
    get made() {
      return made
    },
    get lastClosedMs() {
      return lastClosedMs
    },
    get keptBack() {
      return losing === 'all'
    },
    loseNextAnswer: () => { losing = 'next' },
    cut,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      cut()
    }),
  }
}
