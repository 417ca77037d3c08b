import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { PiccoloError, throwIfAborted, type TlsIdentity } from '@piccolo/core/spi'
import { trustedAuthorities } from '../authority/authority-certificates.js'
import type { Passphrase } from '../authority/authority-key.js'
import { loadAuthority } from '../authority/open-authority.js'
import { checkName, personUri } from '../certificate/names.js'
import { clientAuth, fingerprintOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import type { CredentialOptions } from './mint-credential.js'
import { keepPerson } from './people-list.js'

const hourMs = 3_600_000
const defaultValidityMs = 365 * 24 * hourMs

export interface PersonCertificateOptions extends CredentialOptions {
  /** Now, by a clock that is right: the certificate begins an hour before. */
  readonly nowMs: number
  /** How long the certificate is good for, in milliseconds. Default: a year. */
  readonly validForMs?: number
  /** Of the authority's key, if it is encrypted. */
  readonly passphrase?: Passphrase
}

export interface PersonCertificate extends TlsIdentity {
  readonly notAfterMs: number
  /** Whom to trust as the master, PEM. */
  readonly authoritiesPem: readonly string[]
}

/**
 * Makes a key and a client certificate for a person or program; they work at once, also with a master that runs, and replace what the name had before.
 * The certificate says who it is. What they may do is looked up in the list of people at every call. The key is told this once: only its fingerprint is kept.
 * `failed-precondition` for a lesser role under the name of the last administrator.
 */
export async function personCertificate({ directory, name, role, nowMs, validForMs = defaultValidityMs, passphrase, force = false }: PersonCertificateOptions, signal: AbortSignal): Promise<PersonCertificate> {
  throwIfAborted(signal)
  checkName('name', name)
  if (!(validForMs > 0 && Number.isFinite(nowMs + validForMs))) throw new PiccoloError('invalid-argument', `A certificate can't be good for ${String(validForMs)} ms; give more than 0.`)
  const files = directoryFiles(directory)
  const random = { bytes: (length: number) => randomBytes(length) }
  const authority = await loadAuthority({ files, random, passphrase }, signal)
  if (authority === undefined) throw new PiccoloError('not-found', `There is no authority in ${files.place}. A master makes one on its first start; name its directory.`)
  const { signLeaf } = await import('../authority/signing.js')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = createPublicKey(privateKey)
  const notAfterMs = nowMs + validForMs
  const leaf = await signLeaf(authority, { publicKey, commonName: name, uri: personUri(authority.cluster, name), names: [], usage: clientAuth, notBeforeMs: nowMs - hourMs, notAfterMs })
  await keepPerson(files, { person: { name, role, keyFingerprint: fingerprintOf(publicKey) }, force }, signal)
  return {
    certificateChainPem: [leaf, ...authority.issuers].map(String).join(''),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authoritiesPem: trustedAuthorities(authority, nowMs).map(String),
    notAfterMs,
  }
}
