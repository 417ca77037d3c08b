import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Respond = (status: number, type: string, body: string, stayOpen?: boolean) => void

/** HTTP without TLS, answering as it is told: what the client makes of other programs, and of cuts. */
export async function plainServer(handle: (request: { readonly headers: NodeJS.Dict<string | string[]> }, respond: Respond) => void): Promise<AsyncDisposable & { readonly address: string }> {
  const server: Server = createServer((request, response) => {
    handle(request, (status, type, body, stayOpen = false) => {
      response.writeHead(status, { 'content-type': type })
      response.write(body)
      if (!stayOpen) response.end()
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
    },
  }
}
