import { once } from 'node:events'
import { connect, createServer, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import type { ServerTls, TlsIdentity, VerifyPeer } from '@piccolo/core/spi'

export interface TlsServer {
  readonly port: number
  /** What TLS verified of the client that connects next; `authorized` is Node's own verdict. */
  readonly client: Promise<{ readonly authorized: boolean; readonly certificate: Uint8Array | undefined; readonly protocol: string | null }>
  close(): Promise<void>
}

export async function serve(tls: ServerTls): Promise<TlsServer> {
  const { promise, resolve } = withResolvers<Awaited<TlsServer['client']>>()
  const server = createServer(
    {
      cert: tls.identity.certificateChainPem,
      key: tls.identity.privateKeyPem,
      ca: [...tls.clientAuthoritiesPem],
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      const presented = socket.getPeerX509Certificate()
      resolve({ authorized: socket.authorized, certificate: presented?.raw, protocol: socket.getProtocol() })
      socket.on('error', () => undefined)
      socket.end('welcome')
    },
  )
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  return {
    port,
    client: promise,
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Dials as an agent's transport does: Node's own verification is replaced by `verifyServer`. Answers what the server said. */
export async function dial(port: number, tls: { readonly identity?: TlsIdentity; readonly verifyServer: VerifyPeer }): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: false,
    ...(tls.identity === undefined ? {} : { cert: tls.identity.certificateChainPem, key: tls.identity.privateKeyPem }),
  })
  try {
    await once(socket, 'secureConnect')
    tls.verifyServer(presentedChain(socket))
    let said = ''
    for await (const chunk of socket) said += String(chunk)
    return said
  } finally {
    socket.destroy()
  }
}

/** Verifies with OpenSSL's own rules, against the authority and a host name: proof that the certificates please others, too. */
export async function dialStrictly(port: number, options: { readonly ca: readonly string[]; readonly servername: string; readonly identity: TlsIdentity }): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: options.servername,
    ca: [...options.ca],
    cert: options.identity.certificateChainPem,
    key: options.identity.privateKeyPem,
    minVersion: 'TLSv1.3',
  })
  try {
    for await (const chunk of socket) return String(chunk)
    return ''
  } finally {
    socket.destroy()
  }
}

function presentedChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let current: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (current?.raw !== undefined && !chain.some((known) => current?.raw.equals(known) === true)) {
    chain.push(current.raw)
    current = current.issuerCertificate
  }
  return chain
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
