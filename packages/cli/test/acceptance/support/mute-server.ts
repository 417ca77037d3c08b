import { createServer, type AddressInfo, type Socket } from 'node:net'

/** Takes calls and never says a word. */
export interface MuteServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string
  readonly calls: number
  /** Hangs up on everybody and gives the port back. */
  close(): Promise<void>
}

export async function muteServer(port = 0): Promise<MuteServer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, // it listens on TCP
    get calls() {
      return sockets.length
    },
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      for (const socket of sockets) socket.destroy()
    }),
  }
}
