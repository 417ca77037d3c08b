import type { X509Certificate } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

export const authorityUri = (cluster: string): string => `piccolo://${cluster}/ca`
export const masterUri = (cluster: string): string => `piccolo://${cluster}/master`
export const personUri = (cluster: string, name: string): string => `piccolo://${cluster}/person/${name}`
export const nodeUri = (cluster: string, nodeId: string): string => `piccolo://${cluster}/node/${nodeId}`

export function uriOf(certificate: X509Certificate): string | undefined {
  return certificate.subjectAltName?.split(', ').find((entry) => entry.startsWith('URI:'))?.slice('URI:'.length)
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

/** Only what has expired is refused, as the port says of `verifyServer`. */
export function refuseExpired(leaf: X509Certificate, earliestMs: number): void {
  if (earliestMs <= Date.parse(leaf.validTo)) return
  throw unauthenticated(`the certificate expired ${leaf.validTo}`)
}

export function unauthenticated(reason: string, cause?: unknown): PiccoloError {
  return new PiccoloError('unauthenticated', `Not trusted: ${reason}.`, { cause })
}
