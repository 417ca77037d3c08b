import { createPublicKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto'
import { PiccoloError, type AuthorityOf, type Random } from '@piccolo/core/spi'
import { fingerprintOf } from '../certificate/read-certificate.js'
import { authorityName, authorityUri, issuingName } from '../certificate/names.js'
import type { SharedFiles } from '../files/private-files.js'
import { isSelfSigned, readAuthority, type AuthorityCertificates } from './authority-certificates.js'
import { keyFile, keyFor, keyPem, nextKeyFile, readKey, type Passphrase } from './authority-key.js'
import { damagedAuthority } from './damaged-authority.js'
import type { Signer } from './sign-certificate.js'

/** What makes an authority what it is: whoever changes it replaces this file as a whole, last of all. */
export const certificateFile = 'ca.pem'
const dayMs = 24 * 3_600_000
const lifetimeMs = 3653 * dayMs
/** A board without a clock wakes up in 1970; its authority must still be valid once somebody tells it the time. */
const earliestMs = Date.UTC(2025, 0, 1)
/** How often to look again when the file changes under our hands. */
const looks = 3

export interface AuthorityKey extends Signer, AuthorityCertificates {}

export interface AuthorityPlace {
  readonly files: SharedFiles
  readonly random: Pick<Random, 'bytes'>
  /** Of the key, where that is or shall be encrypted. */
  readonly passphrase: Passphrase | undefined
}

/**
 * Loads the authority's key and certificates, or makes them. The key is written first and the certificate follows from it:
 * whatever a crash left undone between the two is done now, with the same key.
 */
export async function openAuthority(place: AuthorityPlace, { cluster, pin, nowMs }: AuthorityOf & { readonly nowMs: number }, signal: AbortSignal): Promise<AuthorityKey> {
  const { files } = place
  const loaded = await loadAuthority(place, signal)
  if (loaded !== undefined && loaded.cluster !== cluster) throw new PiccoloError('failed-precondition', `The authority in ${files.place} belongs to cluster "${loaded.cluster}", not to "${cluster}". Give this cluster a directory of its own, or correct its name.`, { details: { owner: loaded.cluster, cluster } })
  if (pin !== undefined && loaded?.all.some(({ publicKey }) => fingerprintOf(publicKey) === pin) !== true) throw new PiccoloError('not-found', `The authority that the nodes of cluster "${cluster}" trust is not in ${files.place}: ${loaded === undefined ? 'there is none' : 'there is another one, or an older copy of it'}.`)
  return loaded ?? makeAuthority(place, { cluster, nowMs, pathLength: 0 }, signal)
}

/** What is kept; undefined when nothing was made here yet. */
export async function loadAuthority({ files, random, passphrase }: AuthorityPlace, signal: AbortSignal): Promise<AuthorityKey | undefined> {
  for (let look = 1; ; look += 1) {
    const certificates = await readCertificates(files, signal)
    if (certificates === undefined) return undefined
    const privateKey = await keyFor(certificates.certificate, files, passphrase, signal)
    if (privateKey !== undefined) return { ...certificates, commonName: nameOf(certificates), privateKey, random }
    const now = await readCertificates(files, signal)
    const changed = now?.certificate.fingerprint256 !== certificates.certificate.fingerprint256
    if (!changed || look === looks) throw await mismatch(files, signal)
  }
}

/** The certificates alone; undefined when nothing was made here yet. */
export async function readCertificates(files: SharedFiles, signal: AbortSignal): Promise<AuthorityCertificates | undefined> {
  const pem = await files.read(certificateFile, signal)
  return pem === undefined ? undefined : parsed(pem, files.place)
}

/** A new authority that signs itself. `pathLength`: how many authorities may stand between it and a leaf. */
export async function makeAuthority(
  place: AuthorityPlace, { cluster, nowMs, pathLength }: { readonly cluster: string; readonly nowMs: number; readonly pathLength: number }, signal: AbortSignal,
): Promise<AuthorityKey> {
  const { files, random, passphrase } = place
  const privateKey = await readKey(files, keyFile, passphrase, signal) ?? await firstKey(place, signal)
  const signer = { commonName: authorityName(cluster), privateKey, random }
  const certificate = await signItself(signer, { cluster, pathLength, ...authorityValidity(nowMs) })
  await files.replace(certificateFile, certificate.toString(), signal)
  return { ...signer, cluster, certificate, all: [certificate], issuers: [certificate] }
}

export async function signItself(signer: Signer, request: { readonly cluster: string; readonly pathLength: number | undefined; readonly notBeforeMs: number; readonly notAfterMs: number }): Promise<X509Certificate> {
  const { signAuthority } = await import('./signing.js')
  return signAuthority(signer, { ...request, uri: authorityUri(request.cluster), commonName: signer.commonName, publicKey: createPublicKey(signer.privateKey) })
}

/** Ten years, beginning a day ago: clocks are never quite the same. */
export function authorityValidity(nowMs: number): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const notBeforeMs = Math.max(nowMs, earliestMs) - dayMs
  return { notBeforeMs, notAfterMs: notBeforeMs + lifetimeMs }
}

async function firstKey({ files, passphrase }: AuthorityPlace, signal: AbortSignal): Promise<KeyObject> {
  if (await files.stamp(nextKeyFile, signal) !== undefined) throw new PiccoloError('failed-precondition', `The authority in ${files.place} waits for its certificate from the owner of the root: put it there with \`piccolo ca intermediate --certificate FILE\`. To have one of its own instead, remove ${nextKeyFile}.`)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await files.replace(keyFile, await keyPem(privateKey, passphrase), signal)
  return privateKey
}

function parsed(pem: string, place: string): AuthorityCertificates {
  try {
    const certificates = readAuthority(pem)
    if (certificates !== undefined) return certificates
  } catch (error) {
    throw damagedAuthority(place, `${certificateFile} holds what is no certificate`, error)
  }
  throw damagedAuthority(place, `${certificateFile} does not hold the certificates of a Piccolo authority, one leading to the next`)
}

async function mismatch(files: SharedFiles, signal: AbortSignal): Promise<PiccoloError> {
  if (await files.stamp(keyFile, signal) === undefined) return damagedAuthority(files.place, `${keyFile} is missing beside ${certificateFile}`)
  return damagedAuthority(files.place, `${certificateFile} and ${keyFile} do not belong together`)
}

/** Names stay the same over all rolls, so that a new authority counts as the same one with another key (RFC 5280, self-issued). */
function nameOf({ cluster, certificate }: AuthorityCertificates): string {
  return isSelfSigned(certificate) ? authorityName(cluster) : issuingName(cluster)
}
