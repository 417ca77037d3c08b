import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '@piccolo/core/spi'

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a PEM text, in their order. */
export function certificatesOf(pem: string): X509Certificate[] {
  return [...pem.matchAll(pemBlock)].map(([block]) => new X509Certificate(block))
}

/** The leaf (DER) if TLS would have accepted it: its key is at hand, it leads to an authority, and all of it is valid now; otherwise undefined. */
export function verifiedCertificate(
  identity: TlsIdentity | undefined,
  trust: { readonly authoritiesPem: readonly string[]; readonly nowMs: number },
): Uint8Array | undefined {
  if (identity === undefined) return undefined
  const chain = certificatesOf(identity.certificateChainPem)
  const leaf = chain[0]
  if (leaf?.checkPrivateKey(createPrivateKey(identity.privateKeyPem)) !== true) return undefined
  const authorities = trust.authoritiesPem.flatMap(certificatesOf)
  return leadsToAuthority(leaf, { chain, authorities, nowMs: trust.nowMs }) ? new Uint8Array(leaf.raw) : undefined
}

function leadsToAuthority(
  leaf: X509Certificate,
  { chain, authorities, nowMs }: { chain: readonly X509Certificate[]; authorities: readonly X509Certificate[]; nowMs: number },
): boolean {
  let current = leaf
  for (let depth = 0; depth <= chain.length; depth += 1) {
    if (nowMs < Date.parse(current.validFrom) || nowMs > Date.parse(current.validTo)) return false
    const issuedBy = (issuer: X509Certificate): boolean => current.checkIssued(issuer) && current.verify(issuer.publicKey)
    const authority = authorities.find(issuedBy)
    if (authority !== undefined) return nowMs <= Date.parse(authority.validTo)
    const issuer = chain.find((other) => other !== current && other.ca && issuedBy(other))
    if (issuer === undefined) return false
    current = issuer
  }
  return false
}
