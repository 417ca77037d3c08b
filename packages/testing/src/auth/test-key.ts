import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { Random } from '@piccolo/core/spi'
import { der, objectId, tag } from './der.js'

const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const ed25519 = der(tag.sequence, objectId('2b6570'))
const ecdsaWithSha256 = der(tag.sequence, objectId('2a8648ce3d040302'))

/** An Ed25519 key that the random source decides: its signatures are the same each time, so a seed decides every byte. */
export function newKey(random: Random): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, random.bytes(32)]), format: 'der', type: 'pkcs8' })
}

/** SHA-256 of the subject public key info, lower-case hex; of a private key its public half. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256').update(spkiOf(key)).digest('hex')
}

export function spkiOf(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
}

/** What X.509 calls the algorithm of a key's signatures: Ed25519, or ECDSA with SHA-256. */
export function signatureAlgorithm(key: KeyObject): Buffer {
  return key.asymmetricKeyType === 'ed25519' ? ed25519 : ecdsaWithSha256
}

export function signWith(key: KeyObject, bytes: Uint8Array): Buffer {
  return sign(hashFor(key), bytes, key)
}

export function isSignedWith(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(hashFor(key), bytes, key, signature)
}

function hashFor(key: KeyObject): 'sha256' | undefined {
  return key.asymmetricKeyType === 'ed25519' ? undefined : 'sha256'
}
