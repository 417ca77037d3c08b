import type { CertificateAuthority } from '@piccolo/core/spi'

/** What the suite needs of the adapter under test; a fresh one for every case. */
export interface CertificateAuthoritySubject {
  /** An instance that is not open, over one and the same place for its key: what a master has after its own restart. At first nothing was made there yet. */
  authority(): CertificateAuthority
  /** As above, over another place. */
  stranger(): CertificateAuthority
  /** A certificate request (PKCS#10, DER) for a new key each time, of a kind that the authority signs. */
  csr(): Uint8Array
  /**
   * Gives `authority()`, of which one instance is open, a new key, as an administrator would, and resolves once that instance has noticed. Without an overlap,
   * what the old key signed is accepted no longer; with one, for days. Absent if this authority keeps its key for good.
   */
  roll?(options: { readonly overlap: boolean }): Promise<void>
}
