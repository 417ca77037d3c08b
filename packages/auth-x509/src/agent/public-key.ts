import { createPublicKey, type KeyObject } from 'node:crypto'

/**
 * The public half of a key, its curve told by its name. A key that stays in a chip is handed to us by a provider of OpenSSL's, which may tell the
 * curve by its numbers: then the same key would go by two fingerprints.
 */
export function publicKeyOf(privateKey: KeyObject): KeyObject {
  const told = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  // Read back, so that it is a key of OpenSSL's own: to ask a provider's key for its curve ends Node 20.
  const read = createPublicKey({ key: told, type: 'spki', format: 'der' })
  return createPublicKey({ key: read.export({ format: 'jwk' }), format: 'jwk' })
}
