import assert from 'node:assert/strict'
import { createHash, X509Certificate, type KeyObject } from 'node:crypto'
import type { CertificateAuthority, NodeCredentials } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'

/** The cluster that every subject's authorities sign for. */
export const cluster = 'suite'
export const nodeId = 'node-1'

const hourMs = 3_600_000
/** A fixed point in time, on a whole second as certificates have it. */
export const nowMs = Date.UTC(2026, 5, 1, 12, 0, 0)
export const validity = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + 90 * 24 * hourMs }

export const clientAuth = '1.3.6.1.5.5.7.3.2'
export const serverAuth = '1.3.6.1.5.5.7.3.1'

export function certificatesOf(pem: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [leaf, ...rest] = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((block) => new X509Certificate(block))
  assert.ok(leaf !== undefined, 'expected a certificate in PEM')
  return [leaf, ...rest]
}

export function derOf(pem: string): readonly Uint8Array[] {
  return certificatesOf(pem).map(({ raw }) => raw)
}

export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex')
}

/** Whether signatures lead from the first certificate, over others of the chain, to one of the anchors. */
export function leadsTo(chain: readonly X509Certificate[], anchors: readonly X509Certificate[]): boolean {
  let [current, ...unused] = chain
  while (current !== undefined) {
    const subject: X509Certificate = current
    const isIssuer = (candidate: X509Certificate): boolean => candidate.ca && subject.checkIssued(candidate) && subject.verify(candidate.publicKey)
    if (anchors.some(isIssuer)) return true
    current = unused.find(isIssuer)
    unused = unused.filter((candidate) => candidate !== current)
  }
  return false
}

export function namesOf(certificate: X509Certificate): readonly string[] {
  return (certificate.subjectAltName ?? '').split(', ')
}

export function usagesOf(certificate: X509Certificate): readonly string[] {
  // Node calls the extended key usages `keyUsage`; they are absent when the certificate has none.
  const usages: readonly string[] | undefined = certificate.keyUsage
  return usages ?? []
}

/** The last byte of a certificate or request belongs to its signature. */
export function withBrokenSignature(encoded: Uint8Array): Uint8Array {
  const broken = Uint8Array.from(encoded)
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  return broken
}

export type Issued = Parameters<NodeCredentials['accept']>[0]

/** What a master answers to enrol and renew. */
export async function issued(authority: CertificateAuthority, csr: Uint8Array, overrides: { readonly nodeId?: string; readonly notAfterMs?: number } = {}): Promise<Issued> {
  const request = { cluster, nodeId, csr, ...validity, ...overrides }
  const { certificateChainPem } = await authority.issueNode(request, never)
  return { cluster, nodeId: request.nodeId, certificateChainPem, authoritiesPem: authority.authoritiesPem }
}

/** The chain that a master presents, DER. */
export async function serverChain(authority: CertificateAuthority, lifetime = validity): Promise<readonly Uint8Array[]> {
  const { certificateChainPem } = await authority.issueServer({ cluster, names: ['localhost'], ...lifetime }, never)
  return derOf(certificateChainPem)
}
