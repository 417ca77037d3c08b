import type { CertificateAuthority, NodeCredentials } from '@piccolo/core/spi'

/** What the suite needs of the adapter under test; a fresh one for every case. */
export interface NodeCredentialsSubject {
  /** An instance that is not open, over one and the same place for key and certificate: what an agent has after its own restart. */
  credentials(token?: string): NodeCredentials
  /** Open for cluster `suite`. */
  readonly authority: CertificateAuthority
  /** Open for a cluster that is called `suite` as well, with another key. */
  readonly stranger: CertificateAuthority
  /** A certificate request (PKCS#10, DER) for a key that is not the node's. */
  csr(): Uint8Array
  /** Gives `authority` a new key. Without an overlap, what the old key signed is accepted no longer. Absent if it keeps its key for good. */
  roll?(options: { readonly overlap: boolean }): Promise<void>
}
