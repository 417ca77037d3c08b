import type { X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '@piccolo/core/spi'
import { CertificateShelf } from '../auth/certificate-shelf.js'

/** What TLS does with certificates. */
export class Verifier {
  readonly #shelf: CertificateShelf
  /** Whether a key belongs to a certificate. */
  readonly #pairs = new Map<string, boolean>()

  constructor(shelf = new CertificateShelf()) {
    this.#shelf = shelf
  }

  /** The certificates that an identity shows, DER. */
  chainOf({ certificateChainPem }: TlsIdentity): readonly Uint8Array[] {
    return this.#shelf.all(certificateChainPem).map(({ raw }) => new Uint8Array(raw))
  }

  /** The leaf (DER) if TLS would have accepted it: its key is at hand, it leads to an authority, and all of it is valid now; otherwise undefined. */
  verified(identity: TlsIdentity | undefined, trust: { readonly authoritiesPem: readonly string[]; readonly nowMs: number }): Uint8Array | undefined {
    if (identity === undefined) return undefined
    const chain = this.#shelf.all(identity.certificateChainPem)
    const leaf = chain[0]
    if (leaf === undefined || !this.#isPair(leaf, identity.privateKeyPem)) return undefined
    const authorities = trust.authoritiesPem.flatMap((pem) => this.#shelf.all(pem))
    return this.#leadsToAuthority(leaf, { chain, authorities, nowMs: trust.nowMs }) ? new Uint8Array(leaf.raw) : undefined
  }

  #isPair(leaf: X509Certificate, privateKeyPem: string): boolean {
    const name = leaf.fingerprint256 + privateKeyPem
    const known = this.#pairs.get(name) ?? leaf.checkPrivateKey(this.#shelf.privateKey(privateKeyPem))
    this.#pairs.set(name, known)
    return known
  }

  #leadsToAuthority(
    leaf: X509Certificate,
    { chain, authorities, nowMs }: { readonly chain: readonly X509Certificate[]; readonly authorities: readonly X509Certificate[]; readonly nowMs: number },
  ): boolean {
    let current = leaf
    for (let depth = 0; depth <= chain.length; depth += 1) {
      if (nowMs < Date.parse(current.validFrom) || nowMs > Date.parse(current.validTo)) return false
      const issuedBy = (issuer: X509Certificate): boolean => this.#shelf.isIssued(current, issuer)
      const authority = authorities.find(issuedBy)
      if (authority !== undefined) return nowMs <= Date.parse(authority.validTo)
      const issuer = chain.find((other) => other !== current && other.ca && issuedBy(other))
      if (issuer === undefined) return false
      current = issuer
    }
    return false
  }
}
