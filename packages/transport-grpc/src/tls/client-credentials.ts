import type { Socket } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js'
import { PiccoloError, type ClientTls } from '@piccolo/core/spi'

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>

/**
 * TLS for one connection, judged by `verifyServer` alone. gRPC writes its first byte only after the connector has resolved:
 * nothing, a join token least of all, leaves before the server's chain was accepted.
 */
// gRPC knows credentials by their class.
// eslint-disable-next-line no-restricted-syntax
export class VerifyingCredentials extends ChannelCredentials {
  readonly #tls: ClientTls
  #used = false
  #failure: PiccoloError | undefined

  constructor(tls: ClientTls) {
    super()
    this.#tls = tls
  }

  /** Why TLS failed, where that is ours to say. */
  get failure(): PiccoloError | undefined {
    return this.#failure
  }

  override _isSecure(): boolean {
    return true
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  override _createSecureConnector(_target: experimental.GrpcUri, _options: object, callCredentials?: CallCredentials): SecureConnector {
    return {
      connect: (socket) => this.#connect(socket),
      waitForReady: () => this.#onlyOnce(),
      getCallCredentials: () => callCredentials ?? CallCredentials.createEmpty(),
      destroy: () => undefined,
    }
  }

  /**
   * gRPC asks before it dials. One attempt is one connection: redialling is the caller's decision, and gRPC would do so of
   * itself, a second after a failure, even for a client that has been closed by then.
   */
  async #onlyOnce(): Promise<void> {
    if (this.#used) throw new Error('the connection was lost')
    this.#used = true
  }

  async #connect(tcp: Socket): Promise<{ socket: Socket; secure: boolean }> {
    // Destroyed by a signal, it emits an error that nobody else listens for.
    tcp.on('error', () => undefined)
    const socket = this.#start(tcp)
    await handshake(socket)
    try {
      this.#tls.verifyServer(presentedChain(socket))
    } catch (error) {
      this.#failure = PiccoloError.from(error)
      socket.destroy()
      throw error
    }
    return { socket, secure: true }
  }

  #start(tcp: Socket): TLSSocket {
    const { identity } = this.#tls
    try {
      return connect({
        socket: tcp,
        ALPNProtocols: ['h2'],
        minVersion: 'TLSv1.3',
        rejectUnauthorized: false,
        // No authorities: the platform's would be loaded for nothing.
        ca: [],
        ...(identity && { cert: identity.certificateChainPem, key: identity.privateKeyPem }),
      })
    } catch (error) {
      this.#failure = new PiccoloError('invalid-argument', 'The own certificate and key cannot be used: both must be PEM and belong together.', {
        cause: error,
      })
      throw error
    }
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed during the TLS handshake')))
  })
}

/** DER, leaf first, as far as the presented certificates lead from issuer to issuer. */
function presentedChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = []
  let certificate: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true)
  while (certificate?.raw !== undefined) {
    chain.push(new Uint8Array(certificate.raw))
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate
    // A self-signed certificate is its own issuer.
    certificate = issuer === certificate ? undefined : issuer
  }
  return chain
}
