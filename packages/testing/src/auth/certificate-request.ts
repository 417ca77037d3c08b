import { createPublicKey, type KeyObject } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import { bits, der, derElements, tag } from './der.js'
import { isSignedWith, signatureAlgorithm, signWith, spkiOf } from './test-key.js'

/** A PKCS#10 request without names, in DER, for an Ed25519 or P-256 key. */
export function certificateRequest(privateKey: KeyObject): Uint8Array {
  const info = der(tag.sequence, der(tag.integer, Buffer.from([0])), der(tag.sequence), spkiOf(privateKey), der(tag.context0))
  return der(tag.sequence, info, signatureAlgorithm(privateKey), bits(signWith(privateKey, info)))
}

/** The key that a request proves. `invalid-argument` when it does not parse or prove. */
export function provenKey(csr: Uint8Array): KeyObject {
  const { info, spki, signature } = parts(Buffer.from(csr))
  const key = publicKey(spki)
  if (!isSignedWith(key, info, signature)) throw refused('its signature does not prove its key')
  return key
}

function parts(csr: Buffer): { readonly info: Buffer; readonly spki: Buffer; readonly signature: Buffer } {
  try {
    const [request] = derElements(csr)
    const [info, , signature] = derElements(request?.content ?? csr)
    const [, , spki] = derElements(info?.content ?? csr)
    if (info === undefined || spki === undefined || signature === undefined) throw new RangeError('an element is missing')
    return { info: info.whole, spki: spki.whole, signature: signature.content.subarray(1) }
  } catch (error) {
    throw refused('it is not a PKCS#10 request in DER', error)
  }
}

function publicKey(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch (error) {
    throw refused('it holds no key', error)
  }
}

function refused(reason: string, cause?: unknown): PiccoloError {
  return new PiccoloError('invalid-argument', `The certificate request is refused: ${reason}.`, { cause })
}
