import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type DetailedPeerCertificate, type TLSSocket, type TlsOptions } from 'node:tls'
import { streamTransport, type DialledStream, type Peer, type ServerTls, type StreamAcceptor, type StreamDriver, type TransportAdapter } from '@piccolo/core/spi'

export interface TlsTransportOptions {
  /** Where a master listens, e.g. `0.0.0.0:47100`; port 0 takes a free one. An agent leaves it out. */
  readonly listen?: string
}

/** Piccolo's messages over plain TLS sockets: what is written here is only what TLS and TCP are about. */
export function tlsTransport({ listen: address }: TlsTransportOptions = {}): TransportAdapter {
  const listen: StreamDriver['listen'] = (tls, accept, signal) => openServer({ address: address ?? '', tls, accept, signal })
  return streamTransport({ name: 'tls', dial, ...(address !== undefined && { listen }) })
}

const dial: StreamDriver['dial'] = async (address, identity, signal): Promise<DialledStream> => {
  const socket = quiet(connect({
    ...hostAndPort(address), minVersion: 'TLSv1.3', ca: [],
    // Piccolo judges the server itself, by trusted time, before anything is written.
    rejectUnauthorized: false,
    ...(identity !== undefined && { cert: identity.certificateChainPem, key: identity.privateKeyPem }),
  }))
  try {
    await once(socket, 'secureConnect', { signal })
  } catch (error) {
    socket.destroy()
    throw error
  }
  return { stream: socket, chain: presentedChain(socket) }
}

interface Opening {
  readonly address: string
  readonly tls: ServerTls
  readonly accept: (stream: TLSSocket, peer: Peer) => void
  readonly signal: AbortSignal
}

async function openServer({ address, tls, accept, signal }: Opening): Promise<StreamAcceptor> {
  const { host, port } = hostAndPort(address)
  const server = createServer({ ...material(tls), requestCert: true, rejectUnauthorized: false })
  server.on('secureConnection', (socket) => accept(quiet(socket), peerOf(socket)))
  // Who does not speak TLS, or drops out before it is done, is no business of ours.
  server.on('tlsClientError', () => undefined)
  server.listen(port, host)
  await once(server, 'listening', { signal })
  const { port: taken } = server.address() as AddressInfo // a server on TCP has one
  return {
    address: `${host}:${taken}`,
    updateTls: (next) => server.setSecureContext(material(next)),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

function material({ identity, clientAuthoritiesPem }: ServerTls): TlsOptions {
  return { cert: identity.certificateChainPem, key: identity.privateKeyPem, ca: [...clientAuthoritiesPem], minVersion: 'TLSv1.3' }
}

/** `authorized`: the certificate leads to one of our authorities, is valid now, and its key was used. */
function peerOf(socket: TLSSocket): Peer {
  const address = `${socket.remoteAddress}:${socket.remotePort}`
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined
  return certificate === undefined ? { address } : { address, certificate: new Uint8Array(certificate.raw) }
}

function presentedChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = []
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (certificate !== undefined) {
    chain.push(new Uint8Array(certificate.raw))
    // A self-signed certificate is its own issuer.
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate
  }
  return chain
}

/** Whoever reads the socket hears of its errors; without a listener as well, Node would end the process. */
function quiet(socket: TLSSocket): TLSSocket {
  return socket.on('error', () => undefined)
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const cut = address.lastIndexOf(':')
  return { host: address.slice(0, cut).replace(/^\[|\]$/g, ''), port: Number(address.slice(cut + 1)) }
}
