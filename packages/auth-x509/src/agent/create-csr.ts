import { sign, type KeyObject } from 'node:crypto'
import { der, tag } from './der.js'
import { publicKeyOf } from './public-key.js'

const version0 = der(tag.integer, Buffer.from([0]))
/** The master decides every name, so the request asks for none. */
const noName = der(tag.sequence)
const noAttributes = der(tag.context0)
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = der(tag.sequence, der(tag.objectId, Buffer.from('2a8648ce3d040302', 'hex')))

/** A certificate request (PKCS#10, RFC 2986, DER) for a P-256 key: proof that we hold it, and nothing else. */
export function createCsr(privateKey: KeyObject): Uint8Array {
  const publicKey = publicKeyOf(privateKey).export({ type: 'spki', format: 'der' })
  const info = der(tag.sequence, version0, noName, publicKey, noAttributes)
  const signature = sign('sha256', info, privateKey)
  return der(tag.sequence, info, ecdsaWithSha256, der(tag.bitString, Buffer.from([0]), signature))
}
