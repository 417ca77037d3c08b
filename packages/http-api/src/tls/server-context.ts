import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { PiccoloError, type SurfaceContext } from '@piccolo/core/spi'

/** What TLS of the listener is made of. `invalid-argument` for material that cannot be used. */
export function serverContext({ identity, authoritiesPem }: SurfaceContext['server']): SecureContextOptions {
  const context: SecureContextOptions = {
    cert: identity.certificateChainPem,
    key: identity.privateKeyPem,
    // An empty list knows nobody by a certificate; left out, it would be everybody whom the platform trusts.
    ca: [...authoritiesPem],
    minVersion: 'TLSv1.3',
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new PiccoloError('invalid-argument', 'httpApi: the server certificate, its key or the authorities cannot be used: all must be PEM, key and certificate a pair.', { cause: error })
  }
  return context
}
