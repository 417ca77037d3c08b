import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { PiccoloError, type ServerTls } from '@piccolo/core/spi'

/** What TLS of the listener is made of. `invalid-argument` for material that cannot be used. */
export function serverContext({ identity, clientAuthoritiesPem }: ServerTls): SecureContextOptions {
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
