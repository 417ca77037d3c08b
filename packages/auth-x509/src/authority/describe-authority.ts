import { PiccoloError } from '@piccolo/core/spi'
import { fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import { isSelfSigned, trustedAuthorities } from './authority-certificates.js'
import { isEncrypted, keyFile, nextKeyFile } from './authority-key.js'
import { readCertificates } from './open-authority.js'

export interface AuthorityDescription {
  readonly cluster: string
  /** What join tokens pin: the key of the newest authority, SHA-256, hex. */
  readonly publicKeyPin: string
  /** Whether it signs for a root that is kept elsewhere. */
  readonly entrusted: boolean
  /** Until when the certificate is valid that signs. */
  readonly notAfterMs: number
  /** `absent`: moved away, or put in force at the next look of a master. */
  readonly key: 'plain' | 'encrypted' | 'absent'
  /** A key waits for its certificate: a request that is not answered yet, or a roll that a crash has cut short. */
  readonly keyPending: boolean
  /** Newest first. */
  readonly authorities: readonly DescribedAuthority[]
  /** Whom to trust as the master, newest first, PEM. */
  readonly authoritiesPem: readonly string[]
}

export interface DescribedAuthority {
  readonly publicKeyPin: string
  readonly notBeforeMs: number
  /** Of one that was rolled away, the end of the overlap. */
  readonly notAfterMs: number
  /** Whether certificates that lead to it are accepted. */
  readonly trusted: boolean
}

/** What there is to know of an authority without its key. `not-found` when nothing was made here yet. */
export async function describeAuthority({ directory, nowMs }: { readonly directory: string; readonly nowMs: number }, signal: AbortSignal): Promise<AuthorityDescription> {
  const files = directoryFiles(directory)
  const certificates = await readCertificates(files, signal)
  if (certificates === undefined) throw new PiccoloError('not-found', `There is no authority in ${files.place}. A master makes one on its first start; name its directory.`)
  const trusted = trustedAuthorities(certificates, nowMs)
  const key = await files.readSecret(keyFile, signal)
  return {
    cluster: certificates.cluster,
    publicKeyPin: fingerprintOf(trusted[0].publicKey),
    entrusted: !isSelfSigned(certificates.certificate),
    notAfterMs: validityOf(certificates.certificate).notAfterMs,
    key: key === undefined ? 'absent' : isEncrypted(key) ? 'encrypted' : 'plain',
    keyPending: await files.stamp(nextKeyFile, signal) !== undefined,
    authoritiesPem: trusted.map(String),
    authorities: certificates.all.filter(isSelfSigned).map((certificate) => ({
      publicKeyPin: fingerprintOf(certificate.publicKey), ...validityOf(certificate), trusted: trusted.includes(certificate),
    })),
  }
}
