import { randomBytes, type X509Certificate } from 'node:crypto'
import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { checkName } from '../certificate/names.js'
import { fingerprintOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import { isSelfSigned, readAuthority, type AuthorityCertificates } from './authority-certificates.js'
import { keyFile, nextKey, nextKeyFile, readKey, type Passphrase } from './authority-key.js'
import { certificateFile, loadAuthority, type AuthorityKey, type AuthorityPlace } from './open-authority.js'

/** Nodes whose certificates a former intermediate signed are known for as long as it is kept. */
const formerKept = 4

export interface IntermediateOptions {
  /** The directory that {@link x509Auth} is or will be given. */
  readonly directory: string
  /** Of the authority's key, where that is or shall be encrypted. */
  readonly passphrase?: Passphrase
}

/**
 * Makes a key for an authority that signs for a root kept elsewhere, and the request that goes there ({@link signIntermediate}). Nothing changes until the
 * answer is installed; asking again asks for the same key. Works for a cluster that is new, or has a root elsewhere already.
 */
export async function requestIntermediate({ directory, passphrase, cluster }: IntermediateOptions & { readonly cluster: string }, signal: AbortSignal): Promise<{ readonly requestPem: string }> {
  throwIfAborted(signal)
  checkName('cluster name', cluster)
  const place = placeOf(directory, passphrase)
  requireSame(await entrusted(place, signal), { cluster, place: place.files.place })
  const key = await nextKey(place.files, passphrase, signal)
  const { intermediateRequest } = await import('./signing.js')
  return { requestPem: await intermediateRequest(key, cluster) }
}

/**
 * Puts in force what the owner of the root has signed. A master that runs notices within seconds. Nodes need not notice at all: they trust the root, and
 * find the way there in what the master shows them.
 */
export async function installIntermediate({ directory, passphrase, certificatesPem }: IntermediateOptions & { readonly certificatesPem: string }, signal: AbortSignal): Promise<{ readonly publicKeyPin: string }> {
  throwIfAborted(signal)
  const place = placeOf(directory, passphrase)
  const { files } = place
  const signed = readSigned(certificatesPem)
  const before = await entrusted(place, signal)
  requireSame(before, { cluster: signed.cluster, place: files.place })
  if (before !== undefined && !rootsOf(before.all).some((root) => rootsOf(signed.all).includes(root))) throw new PiccoloError('failed-precondition', 'This certificate leads to another root than the one that the nodes of this cluster trust. Have it signed by that one.')
  const next = await readKey(files, nextKeyFile, passphrase, signal)
  const key = next !== undefined && signed.certificate.checkPrivateKey(next) ? next : await readKey(files, keyFile, passphrase, signal)
  if (key === undefined || !signed.certificate.checkPrivateKey(key)) throw new PiccoloError('invalid-argument', `This certificate is about another key than the one in ${files.place}. Have the request signed that \`piccolo ca intermediate\` writes there.`)
  const [certificate, ...rest] = signed.all
  const all = [certificate, ...formerOnes(before, signed), ...rest]
  await files.replace(certificateFile, all.map(String).join(''), signal)
  if (key === next) await files.rename(nextKeyFile, keyFile, signal)
  return { publicKeyPin: rootsOf(signed.all)[0] ?? '' }
}

function placeOf(directory: string, passphrase: Passphrase | undefined): AuthorityPlace {
  return { files: directoryFiles(directory), random: { bytes: (length: number) => randomBytes(length) }, passphrase }
}

/** What is there already, if it signs for a root. */
async function entrusted(place: AuthorityPlace, signal: AbortSignal): Promise<AuthorityKey | undefined> {
  const authority = await loadAuthority(place, signal)
  if (authority === undefined || !isSelfSigned(authority.certificate)) return authority
  throw new PiccoloError('failed-precondition', `The authority in ${place.files.place} is its own root, and its nodes trust it as that. A root elsewhere is for a new cluster, in a directory of its own.`)
}

function requireSame(before: AuthorityKey | undefined, { cluster, place }: { readonly cluster: string; readonly place: string }): void {
  if (before === undefined || before.cluster === cluster) return
  throw new PiccoloError('failed-precondition', `The authority in ${place} belongs to cluster "${before.cluster}", not to "${cluster}".`)
}

function readSigned(pem: string): AuthorityCertificates {
  try {
    const certificates = readAuthority(pem)
    if (certificates !== undefined && !isSelfSigned(certificates.certificate)) return certificates
  } catch {
    // What is no certificate gets the same answer as one that leads nowhere.
  }
  throw new PiccoloError('invalid-argument', 'This is not what the owner of the root signs: a certificate for this authority, and what leads from it to the root. `piccolo ca sign` writes it.')
}

/** The keys of the roots, newest first. */
function rootsOf(all: readonly X509Certificate[]): readonly string[] {
  return all.filter(isSelfSigned).map(({ publicKey }) => fingerprintOf(publicKey))
}

/** Intermediates before this one, newest first: neither roots nor what leads from one root to the next. */
function formerOnes(before: AuthorityKey | undefined, signed: AuthorityCertificates): readonly X509Certificate[] {
  if (before === undefined) return []
  const known = new Set([...rootsOf(before.all), ...rootsOf(signed.all), fingerprintOf(signed.certificate.publicKey)])
  return before.all.filter(({ publicKey }) => !known.has(fingerprintOf(publicKey))).slice(0, formerKept)
}
