import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'
import { PiccoloError, type ServerTls } from '@piccolo/core/spi'

/**
 * TLS of the listener: asks for a client certificate without requiring it, so that enroll, renew and session share one port.
 * An update counts for new connections.
 */
// gRPC knows credentials by their class.
// eslint-disable-next-line no-restricted-syntax
export class MutualTls extends ServerCredentials {
  constructor(tls: ServerTls) {
    super({ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3', handshakeTimeout: 15_000 }, contextOf(tls))
  }

  update(tls: ServerTls): void {
    this.updateSecureContextOptions(contextOf(tls))
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other
  }
}

/** Checked here: gRPC would log bad material and drop every connection from then on. */
function contextOf({ identity, clientAuthoritiesPem }: ServerTls): SecureContextOptions {
  const context: SecureContextOptions = {
    cert: identity.certificateChainPem,
    key: identity.privateKeyPem,
    // An empty list accepts nobody; left out, it would be everybody whom the platform trusts.
    ca: [...clientAuthoritiesPem],
    minVersion: 'TLSv1.3',
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new PiccoloError('invalid-argument', 'The server certificate, its key or the client authorities cannot be used: all must be PEM, key and certificate a pair.', {
      cause: error,
    })
  }
  return context
}
