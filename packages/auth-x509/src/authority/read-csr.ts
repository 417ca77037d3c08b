import { createPublicKey, type KeyObject } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import { Pkcs10CertificateRequest } from './x509-library.js'

/** Ours are about 220 bytes. */
const largestCsrBytes = 8 * 1024

/** Requests that are being handled: who is asked whose key one proves, and then for a certificate, looks at it once. */
const proven = new WeakMap<Uint8Array, Promise<KeyObject>>()

/** The P-256 key that a certificate request proves by its signature. Whatever else it asks for is ignored. The bytes are not to be changed afterwards. */
export function provenKey(csr: Uint8Array): Promise<KeyObject> {
  const known = proven.get(csr) ?? prove(csr)
  proven.set(csr, known)
  return known
}

async function prove(csr: Uint8Array): Promise<KeyObject> {
  if (csr.byteLength > largestCsrBytes) throw refused('it is too large')
  const { key, request } = parse(csr)
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw refused('its key is not ECDSA P-256')
  if (!(await verified(request))) throw refused('its signature does not prove its key')
  return key
}

function parse(csr: Uint8Array): { readonly key: KeyObject; readonly request: Pkcs10CertificateRequest } {
  try {
    const request = new Pkcs10CertificateRequest(Buffer.from(csr))
    return { request, key: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' }) }
  } catch (error) {
    throw refused('it is not a PKCS#10 request in DER', error)
  }
}

async function verified(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify()
  } catch {
    // A signature that does not even parse proves as little as a wrong one.
    return false
  }
}

function refused(reason: string, cause?: unknown): PiccoloError {
  return new PiccoloError('invalid-argument', `The certificate request is refused: ${reason}.`, { cause })
}
