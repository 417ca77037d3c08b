import type { X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '@piccolo/core/spi'
import { CertificateShelf } from '../auth/certificate-shelf.js'

const clientAuth = '1.3.6.1.5.5.7.3.2'

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

  /** The leaf (DER) if its key is at hand, it is a client's and it leads to an authority; otherwise undefined. Time is the master's to judge. */
  verified(identity: TlsIdentity | undefined, authoritiesPem: readonly string[]): Uint8Array | undefined {
    if (identity === undefined) return undefined
    const chain = this.#shelf.all(identity.certificateChainPem)
    const leaf = chain[0]
    if (leaf === undefined || !this.#isPair(leaf, identity.privateKeyPem)) return undefined
    const authorities = authoritiesPem.flatMap((pem) => this.#shelf.all(pem))
    return isClient(leaf) && this.#leadsTo(authorities, leaf, chain) ? new Uint8Array(leaf.raw) : undefined
  }

  #isPair(leaf: X509Certificate, privateKeyPem: string): boolean {
    const name = leaf.fingerprint256 + privateKeyPem
    const known = this.#pairs.get(name) ?? leaf.checkPrivateKey(this.#shelf.privateKey(privateKeyPem))
    this.#pairs.set(name, known)
    return known
  }

  #leadsTo(authorities: readonly X509Certificate[], leaf: X509Certificate, chain: readonly X509Certificate[]): boolean {
    let current: X509Certificate | undefined = leaf
    let unused = chain.filter((other) => other !== leaf)
    while (current !== undefined) {
      const subject: X509Certificate = current
      const isIssuer = (issuer: X509Certificate): boolean => issuer.ca && this.#shelf.isIssued(subject, issuer)
      if (authorities.some(isIssuer)) return true
      current = unused.find(isIssuer)
      unused = unused.filter((other) => other !== current)
    }
    return false
  }
}

function isClient({ ca, keyUsage }: X509Certificate): boolean {
  // Node calls the extended key usages so; they are undefined in a certificate that has none.
  const usages: readonly string[] | undefined = keyUsage
  return !ca && (usages ?? []).includes(clientAuth)
}
