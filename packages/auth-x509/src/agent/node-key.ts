import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import { fingerprintOf } from '../certificate/read-certificate.js'
import type { PrivateFiles } from '../files/private-files.js'
import { publicKeyOf } from './public-key.js'

const keyFile = 'node-key.pem'
/** As pkcs11-provider writes it. */
const chipReference = /^-----BEGIN PKCS#11 PROVIDER URI-----$/m

export interface NodeKey {
  readonly privateKey: KeyObject
  /** The key; or, when it is in a chip, the reference by which OpenSSL finds it there. */
  readonly privateKeyPem: string
  readonly fingerprint: string
}

/** The node's key; made and kept on first use. A node that already has an identity never gets another key by itself. */
export async function openNodeKey(files: PrivateFiles, { enrolled }: { readonly enrolled: boolean }, signal: AbortSignal): Promise<NodeKey> {
  const kept = await files.readSecret(keyFile, signal)
  if (kept !== undefined) return readKey(kept, files.place)
  if (enrolled) throw damaged(files.place, 'is missing although this node has a certificate for it')
  const privateKeyPem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await files.replace(keyFile, privateKeyPem, signal)
  return readKey(privateKeyPem, files.place)
}

function readKey(privateKeyPem: string, place: string): NodeKey {
  try {
    const privateKey = createPrivateKey(privateKeyPem)
    const publicKey = publicKeyOf(privateKey)
    if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not a P-256 key')
    return { privateKey, privateKeyPem, fingerprint: fingerprintOf(publicKey) }
  } catch (error) {
    if (chipReference.test(privateKeyPem)) throw outOfReach(place, error)
    throw damaged(place, 'is damaged', error)
  }
}

function outOfReach(place: string, cause: unknown): PiccoloError {
  return new PiccoloError('unavailable', `The node's key ${keyFile} in ${place} refers to a chip, and OpenSSL does not find the key there. Start the agent with the configuration that loads the chip's provider (\`node --openssl-config=…\`), and check that the chip, its service and its PIN are as that says.`, { cause, details: { file: keyFile } })
}

function damaged(place: string, what: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The node's key ${keyFile} in ${place} ${what}. Restore it from a backup; or, to join anew, move that directory away and start the agent with a new token (\`piccolo token create\`).`, { cause, details: { file: keyFile } })
}
