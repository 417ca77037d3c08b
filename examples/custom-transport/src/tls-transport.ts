import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type DetailedPeerCertificate, type TLSSocket, type TlsOptions } from 'node:tls'
import { streamTransport, type DialledStream, type Peer, type ServerTls, type StreamAcceptor, type StreamDriver, type TransportAdapter } from '@piccolo/core/spi'

/** The purpose of a node's certificate. */
const clientAuth = '1.3.6.1.5.5.7.3.2'
const timeErrors = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']

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
  let authorities = tls.clientAuthoritiesPem
  server.on('secureConnection', (socket) => accept(quiet(socket), peerOf(socket, authorities)))
  // Who does not speak TLS, or drops out before it is done, is no business of ours.
  server.on('tlsClientError', () => undefined)
  server.listen(port, host)
  await once(server, 'listening', { signal })
  const { port: taken } = server.address() as AddressInfo // a server on TCP has one
  return {
    address: `${host}:${taken}`,
    updateTls: (next) => {
      server.setSecureContext(material(next))
      authorities = next.clientAuthoritiesPem
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

function material({ identity, clientAuthoritiesPem }: ServerTls): TlsOptions {
  return { cert: identity.certificateChainPem, key: identity.privateKeyPem, ca: [...clientAuthoritiesPem], minVersion: 'TLSv1.3' }
}

function peerOf(socket: TLSSocket, authorities: readonly string[]): Peer {
  const address = `${socket.remoteAddress}:${socket.remotePort}`
  // Asked once: Node tells a certificate's issuers the first time only.
  const leaf = socket.getPeerX509Certificate()
  // Piccolo judges time itself; that OpenSSL objects to it hides whatever else may be wrong.
  const isOutOfTime = timeErrors.includes(String(socket.authorizationError))
  if (leaf === undefined || !(socket.authorized || (isOutOfTime && isProven(leaf, authorities)))) return { address }
  return { address, certificate: new Uint8Array(leaf.raw) }
}

function isProven(leaf: X509Certificate, authorities: readonly string[]): boolean {
  return !leaf.ca && new Set(leaf.keyUsage).has(clientAuth) && leadsTo(authorities.map((pem) => new X509Certificate(pem)), leaf)
}

/** From issuer to issuer, as they were presented. */
function leadsTo(authorities: readonly X509Certificate[], subject: X509Certificate): boolean {
  if (authorities.some((authority) => hasSigned(authority, subject))) return true
  const issuer = subject.issuerCertificate
  return issuer !== undefined && hasSigned(issuer, subject) && leadsTo(authorities, issuer)
}

function hasSigned(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
  } catch {
    return false // the key of a stranger's certificate may be none
  }
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
