import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { PiccoloError, type Random } from '@piccolo/core/spi'
import { authorityUri, clusterOfAuthority } from '../certificate/names.js'
import { urisOf } from '../certificate/read-certificate.js'
import type { PrivateFiles } from '../files/private-files.js'
import type { Signer } from './sign-certificate.js'

const keyFile = 'ca-key.pem'
const certificateFile = 'ca.pem'
const dayMs = 24 * 3_600_000
const lifetimeMs = 3653 * dayMs
/** A board without a clock wakes up in 1970; its authority must still be valid once somebody tells it the time. */
const earliestMs = Date.UTC(2025, 0, 1)

export interface AuthorityKey extends Signer {
  readonly certificate: X509Certificate
}

export interface AuthorityOptions {
  readonly cluster: string
  readonly nowMs: number
  readonly random: Random
}

/**
 * Loads the authority's key and certificate, or makes them. The key is written first and the certificate follows from it:
 * whatever a crash left undone between the two is done now, with the same key.
 */
export async function openAuthority(files: PrivateFiles, options: AuthorityOptions, signal: AbortSignal): Promise<AuthorityKey> {
  const certificatePem = await files.read(certificateFile, signal)
  const privateKey = await openKey(files, { certified: certificatePem !== undefined }, signal)
  const signer = { commonName: `Piccolo CA of ${options.cluster}`, privateKey, random: options.random }
  if (certificatePem !== undefined) return { ...signer, certificate: checked(certificatePem, { privateKey, cluster: options.cluster, place: files.place }) }
  const certificate = await makeCertificate(signer, options)
  await files.replace(certificateFile, certificate.toString(), signal)
  return { ...signer, certificate }
}

async function openKey(files: PrivateFiles, { certified }: { readonly certified: boolean }, signal: AbortSignal): Promise<KeyObject> {
  const kept = await files.readSecret(keyFile, signal)
  if (kept !== undefined) return readKey(kept, files.place)
  if (certified) throw damaged(files.place, `${keyFile} is missing beside ${certificateFile}`)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await files.replace(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), signal)
  return privateKey
}

async function makeCertificate(signer: Signer, { cluster, nowMs }: AuthorityOptions): Promise<X509Certificate> {
  const { signAuthority } = await import('./signing.js')
  const notBeforeMs = Math.max(nowMs, earliestMs) - dayMs
  return signAuthority(signer, { uri: authorityUri(cluster), notBeforeMs, notAfterMs: notBeforeMs + lifetimeMs })
}

function readKey(pem: string, place: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not a P-256 key')
    return key
  } catch (error) {
    throw damaged(place, `${keyFile} is no P-256 key in PEM`, error)
  }
}

function checked(pem: string, { privateKey, cluster, place }: { readonly privateKey: KeyObject; readonly cluster: string; readonly place: string }): X509Certificate {
  const certificate = readOwnCertificate(pem, place)
  if (!certificate.checkPrivateKey(privateKey)) throw damaged(place, `${certificateFile} and ${keyFile} do not belong together`)
  if (!certificate.verify(createPublicKey(privateKey))) throw damaged(place, `the signature of ${certificateFile} does not hold`)
  const [owner] = urisOf(certificate).flatMap((uri) => clusterOfAuthority(uri) ?? [])
  if (owner === undefined) throw damaged(place, `${certificateFile} is not the certificate of a Piccolo authority`)
  if (owner === cluster) return certificate
  throw new PiccoloError('failed-precondition', `The authority in ${place} belongs to cluster "${owner}", not to "${cluster}". Give this cluster a directory of its own, or correct its name.`, { details: { owner, cluster } })
}

function readOwnCertificate(pem: string, place: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw damaged(place, `${certificateFile} is no certificate in PEM`, error)
  }
}

function damaged(place: string, what: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The cluster's authority in ${place} is damaged: ${what}. Restore the directory from a backup. Without one, every node must join anew: move the directory away and start the master again.`, { cause })
}
