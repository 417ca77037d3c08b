import { createPublicKey, randomBytes } from 'node:crypto'
import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { authorityUri } from '../certificate/names.js'
import { fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import { isSelfSigned } from './authority-certificates.js'
import { keyFile, nextKey, nextKeyFile, type Passphrase } from './authority-key.js'
import { authorityValidity, certificateFile, loadAuthority, signItself, type AuthorityKey, type AuthorityPlace } from './open-authority.js'

export const defaultOverlapMs = 180 * 24 * 3_600_000
/** Bounds what every chain carries. A node that slept through more rolls than this joins anew. */
const rollsKept = 4

export interface RollAuthorityOptions {
  /** The directory that {@link x509Auth} was given. */
  readonly directory: string
  /** Now, by a clock that is right: the overlap is counted from here. */
  readonly nowMs: number
  /** For how long certificates by the old key are accepted beside those by the new one, in milliseconds. Default: 180 days. */
  readonly overlapMs?: number
  /** Of the authority's key, if it is encrypted; the new one is encrypted with the same. */
  readonly passphrase?: Passphrase
}

export interface RolledAuthority {
  /** What join tokens pin from now on. */
  readonly publicKeyPin: string
  /** Until when certificates by the old key are accepted. */
  readonly overlapUntilMs: number
}

/**
 * Gives the authority a new key. What it signs from now on is signed by that one, and carries a certificate of the new key by the old one, so that nodes
 * which know only the old one go on trusting the master and get their certificates renewed. A master that runs notices within seconds.
 *
 * A crash at any moment leaves the old authority or the new one; the next roll goes on with the key that a crashed one has made. The old key is erased.
 */
export async function rollAuthority({ directory, passphrase, ...options }: RollAuthorityOptions, signal: AbortSignal): Promise<RolledAuthority> {
  const random = { bytes: (length: number) => randomBytes(length) }
  return rollIn({ files: directoryFiles(directory), random, passphrase }, options, signal)
}

export async function rollIn(place: AuthorityPlace, { nowMs, overlapMs = defaultOverlapMs }: Pick<RollAuthorityOptions, 'nowMs' | 'overlapMs'>, signal: AbortSignal): Promise<RolledAuthority> {
  throwIfAborted(signal)
  if (!(overlapMs >= 0 && Number.isFinite(nowMs + overlapMs))) throw new PiccoloError('invalid-argument', `An overlap of ${String(overlapMs)} ms is no time to wait; give 0 or more.`)
  const { files, random, passphrase } = place
  const old = await rollable(place, signal)
  const privateKey = await nextKey(files, passphrase, signal)
  const { pathLengthOf, signAuthority } = await import('./signing.js')
  const request = { cluster: old.cluster, uri: authorityUri(old.cluster), commonName: old.commonName, pathLength: pathLengthOf(old.certificate) }
  const certificate = await signItself({ commonName: old.commonName, privateKey, random }, { ...request, ...authorityValidity(nowMs) })
  const oldValidity = validityOf(old.certificate)
  const bridge = await signAuthority(old, { ...request, publicKey: createPublicKey(privateKey), ...oldValidity })
  const overlapUntilMs = Math.min(oldValidity.notAfterMs, Math.max(nowMs, oldValidity.notBeforeMs) + overlapMs)
  const farewell = await signItself(old, { ...request, notBeforeMs: oldValidity.notBeforeMs, notAfterMs: overlapUntilMs })
  const all = [certificate, bridge, farewell, ...old.all.slice(1)].slice(0, 1 + 2 * rollsKept)
  await files.replace(certificateFile, all.map(String).join(''), signal)
  // From here on it is done; a reader that is faster does this, too.
  await files.rename(nextKeyFile, keyFile, signal)
  return { publicKeyPin: fingerprintOf(certificate.publicKey), overlapUntilMs }
}

async function rollable(place: AuthorityPlace, signal: AbortSignal): Promise<AuthorityKey> {
  const authority = await loadAuthority(place, signal)
  if (authority === undefined) throw new PiccoloError('not-found', `There is no authority in ${place.files.place}. A master makes one on its first start; name its directory.`)
  if (isSelfSigned(authority.certificate)) return authority
  throw new PiccoloError('failed-precondition', `The authority in ${place.files.place} has its certificate from a root that is kept elsewhere. It gets a new key by \`piccolo ca intermediate\`; the root is rolled where its key is.`)
}
