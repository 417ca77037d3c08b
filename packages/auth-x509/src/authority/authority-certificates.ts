import type { X509Certificate } from 'node:crypto'
import { longestChain, signed } from '../certificate/issuing-anchor.js'
import { clusterOfAuthority } from '../certificate/names.js'
import { fingerprintOf, readChain, urisOf, validityOf } from '../certificate/read-certificate.js'

/**
 * The certificates that make an authority, as `ca.pem` lists them. The first is about the key that signs. The authorities are those signed by their own
 * key, newest first: one that was rolled away stays until its certificate ends, with the overlap. The others lead from one to the next: an intermediate
 * to its root, each new key to the one before.
 */
export interface AuthorityCertificates {
  readonly cluster: string
  /** Of the key that signs. */
  readonly certificate: X509Certificate
  /** Every certificate, in the order of the file. */
  readonly all: readonly X509Certificate[]
  /** What follows a leaf in every chain: from the key that signs to the oldest authority that is known still. */
  readonly issuers: readonly X509Certificate[]
}

/** Undefined when the certificates do not make an authority: the first must lead to one that signed itself, all be about one cluster. */
export function readAuthority(pem: string): AuthorityCertificates | undefined {
  const all = readChain(pem)
  const [certificate] = all
  if (certificate === undefined) return undefined
  const [cluster, ...others] = new Set(all.map((each) => urisOf(each).flatMap((uri) => clusterOfAuthority(uri) ?? [])[0]))
  const issuers = issuersOf(certificate, all)
  const oldest = issuers.at(-1)
  if (cluster === undefined || others.length > 0 || oldest === undefined || !isSelfSigned(oldest)) return undefined
  return { cluster, certificate, all, issuers }
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return signed(certificate, certificate)
}

/**
 * Whom to trust at this time, newest first. The newest one is there whatever the time: a clock may be wrong, and without it nothing is left. An older one is
 * trusted no longer than the one after it, because it vouches for that: trusting the first key of three would be trusting the second, too.
 */
export function trustedAuthorities({ all }: AuthorityCertificates, nowMs: number): readonly [X509Certificate, ...X509Certificate[]] {
  const [newest, ...older] = all.filter(isSelfSigned)
  if (newest === undefined) throw new Error('an authority has at least one certificate that its own key signed')
  const ended = older.findIndex((certificate) => isOver(certificate, nowMs))
  return [newest, ...(ended === -1 ? older : older.slice(0, ended))]
}

/** One without any validity was rolled away without an overlap, by a clock that may have been wrong: it is over at any time. */
function isOver(certificate: X509Certificate, nowMs: number): boolean {
  const { notBeforeMs, notAfterMs } = validityOf(certificate)
  return nowMs >= notAfterMs || notAfterMs <= notBeforeMs
}

function issuersOf(certificate: X509Certificate, all: readonly X509Certificate[]): readonly X509Certificate[] {
  const issuers: X509Certificate[] = []
  for (let current: X509Certificate | undefined = certificate; current !== undefined && issuers.length < longestChain; ) {
    const key = fingerprintOf(current.publicKey)
    const bridge = all.find((each) => !isSelfSigned(each) && fingerprintOf(each.publicKey) === key)
    issuers.push(bridge ?? current)
    current = bridge === undefined ? undefined : all.find((each) => signed(each, bridge))
  }
  return issuers
}
