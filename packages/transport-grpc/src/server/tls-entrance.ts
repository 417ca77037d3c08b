import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { ServerTls } from '@piccolo/core/spi'
import { certificatesOf, provenCertificate } from '@piccolo/core/system'
import { serverContext } from '../tls/server-context.js'
import type { WaitingRoom } from './waiting-room.js'

interface EntranceParts {
  readonly tls: ServerTls
  /** For those who have not finished TLS. */
  readonly handshakes: WaitingRoom
  /** TLS is done; `authorized` says whether the client has proven to be a node. */
  admit(socket: TLSSocket): void
}

/**
 * TLS of the listener: asks for a client certificate without requiring it, so that enroll, renew and session share one port. An update counts for new
 * connections.
 */
export class TlsEntrance {
  readonly #server: Server
  readonly #parts: EntranceParts
  readonly #sockets = new Map<string, Socket>()
  #authorities: readonly X509Certificate[]

  constructor(parts: EntranceParts) {
    const { tls } = parts
    this.#parts = parts
    this.#server = createServer({ ...serverContext(tls), requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    this.#authorities = certificatesOf(tls.clientAuthoritiesPem)
    this.#server.on('secureConnection', (socket) => this.#admit(socket))
    // Who does not speak TLS, or drops out before it is done, is no business of ours.
    this.#server.on('tlsClientError', () => undefined)
  }

  update(tls: ServerTls): void {
    this.#server.setSecureContext(serverContext(tls))
    this.#authorities = certificatesOf(tls.clientAuthoritiesPem)
  }

  take(socket: Socket): void {
    const peer = peerOf(socket)
    this.#sockets.set(peer, socket)
    socket.once('close', () => {
      this.#parts.handshakes.leave(socket)
      if (this.#sockets.get(peer) === socket) this.#sockets.delete(peer)
    })
    this.#parts.handshakes.enter(socket)
    this.#server.emit('connection', socket)
  }

  /** Cuts off whoever is still there. */
  hangUp(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }

  #admit(socket: TLSSocket): void {
    const below = this.#sockets.get(peerOf(socket))
    if (below !== undefined) this.#parts.handshakes.leave(below)
    socket.on('error', () => undefined)
    // gRPC hands up the certificate of an authorized socket, and of no other.
    socket.authorized = provenCertificate(socket, this.#authorities) !== undefined
    this.#parts.admit(socket)
  }
}

/** As gRPC names it. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`
}
