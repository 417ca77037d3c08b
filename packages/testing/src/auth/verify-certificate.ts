import { X509Certificate } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

export const authorityUri = (cluster: string): string => `piccolo://${cluster}/ca`
export const masterUri = (cluster: string): string => `piccolo://${cluster}/master`
export const nodeUri = (cluster: string, nodeId: string): string => `piccolo://${cluster}/node/${nodeId}`

/** The certificates of a PEM text, in order. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((block) => new X509Certificate(block))
}

export function readCertificate(encoded: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(encoded)
  } catch (error) {
    throw unauthenticated('what was presented is no certificate', error)
  }
}

export function uriOf(certificate: X509Certificate): string | undefined {
  return certificate.subjectAltName?.split(', ').find((entry) => entry.startsWith('URI:'))?.slice('URI:'.length)
}

/** Refuses a certificate that none of the authorities signed. */
export function requireSignature(leaf: X509Certificate, authorities: readonly X509Certificate[]): void {
  if (authorities.some((authority) => authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey))) return
  throw unauthenticated("the certificate is not signed by the cluster's authority")
}

export function requireUsage(leaf: X509Certificate, role: 'master' | 'node'): void {
  // Node calls the extended key usages `keyUsage`; they are absent when the certificate has none.
  const usages: readonly string[] | undefined = leaf.keyUsage
  if (!leaf.ca && (usages ?? []).includes(role === 'master' ? serverAuth : clientAuth)) return
  throw unauthenticated(`the certificate is not one for a ${role}`)
}

export function requireUri(leaf: X509Certificate, expected: string | RegExp): void {
  const uri = uriOf(leaf) ?? ''
  if (typeof expected === 'string' ? uri === expected : expected.test(uri)) return
  throw unauthenticated(`the certificate names "${uri}"`)
}

export function requireValidity(leaf: X509Certificate, nowMs: number): void {
  if (nowMs >= Date.parse(leaf.validFrom) && nowMs <= Date.parse(leaf.validTo)) return
  throw unauthenticated(`the certificate is valid from ${leaf.validFrom} to ${leaf.validTo}`)
}

export function unauthenticated(reason: string, cause?: unknown): PiccoloError {
  return new PiccoloError('unauthenticated', `Not trusted: ${reason}.`, { cause })
}
