import { randomBytes } from 'node:crypto'
import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { authorityUri, checkName, issuingName } from '../certificate/names.js'
import { fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import type { Passphrase } from './authority-key.js'
import { trustedAuthorities } from './authority-certificates.js'
import { authorityValidity, loadAuthority, makeAuthority, type AuthorityKey, type AuthorityPlace } from './open-authority.js'

const defaultValidityMs = 5 * 365 * 24 * 3_600_000

export interface SignIntermediateOptions {
  /** Where the root's key is kept: not on the master, and not where anybody comes by. */
  readonly directory: string
  /** What {@link requestIntermediate} answered, PEM. */
  readonly request: string
  /** Now, by a clock that is right. */
  readonly nowMs: number
  /** How long the certificate is good for, in milliseconds; never longer than the root's own. Default: five years. */
  readonly validForMs?: number
  /** Makes the root in `directory` if there is none there. Default: false, because a root made by mistake locks every node out. */
  readonly createRoot?: boolean
  /** Of the root's key: needed if that is encrypted, and one that is made now will be. */
  readonly passphrase?: Passphrase
}

export interface SignedIntermediate {
  /** For {@link installIntermediate}: the certificate, and all that leads from it to the root. */
  readonly certificatesPem: string
  /** Of the root: what join tokens pin. */
  readonly publicKeyPin: string
  readonly notAfterMs: number
}

/** Lets a master's authority sign for the root, whose key stays here. */
export async function signIntermediate({ directory, passphrase, request, ...options }: SignIntermediateOptions, signal: AbortSignal): Promise<SignedIntermediate> {
  throwIfAborted(signal)
  const { pathLengthOf, readIntermediateRequest, signAuthority } = await import('./signing.js')
  const { publicKey, cluster } = await readIntermediateRequest(request)
  const place = { files: directoryFiles(directory), random: { bytes: (length: number) => randomBytes(length) }, passphrase }
  const root = await rootIn(place, { cluster, ...options }, signal)
  if (pathLengthOf(root.certificate) === 0) throw new PiccoloError('failed-precondition', `What is in ${place.files.place} is the authority of a master, and signs for nodes only. Name the directory of the root.`)
  const { notBeforeMs } = authorityValidity(options.nowMs)
  const notAfterMs = Math.min(validityOf(root.certificate).notAfterMs, options.nowMs + (options.validForMs ?? defaultValidityMs))
  const certificate = await signAuthority(root, { publicKey, commonName: issuingName(cluster), uri: authorityUri(cluster), pathLength: 0, notBeforeMs, notAfterMs })
  return {
    certificatesPem: [certificate, ...root.all].map(String).join(''),
    publicKeyPin: fingerprintOf(trustedAuthorities(root, options.nowMs)[0].publicKey),
    notAfterMs,
  }
}

async function rootIn(place: AuthorityPlace, { cluster, nowMs, createRoot = false }: Pick<SignIntermediateOptions, 'nowMs' | 'createRoot'> & { readonly cluster: string }, signal: AbortSignal): Promise<AuthorityKey> {
  const kept = await loadAuthority(place, signal)
  if (kept === undefined && !createRoot) throw new PiccoloError('not-found', `There is no root in ${place.files.place}. Name the directory that it is in; to make one, for a new cluster, ask for it with --create-root.`)
  if (kept === undefined) checkName('cluster name', cluster)
  const root = kept ?? await makeAuthority(place, { cluster, nowMs, pathLength: 1 }, signal)
  if (root.cluster === cluster) return root
  throw new PiccoloError('failed-precondition', `The root in ${place.files.place} belongs to cluster "${root.cluster}", the request to "${cluster}".`)
}
