import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const clientAuth = '1.3.6.1.5.5.7.3.2'
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
/** What OpenSSL says of a certificate that is over, or not valid yet, at any place of its chain. It says one thing only: more may be wrong. */
const timeErrors: ReadonlySet<unknown> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
/** No chain of ours is longer, whatever is presented. */
const mostIssuers = 8

/**
 * The certificates that clients have proven, connection by connection. Time is left out of account here: it is judged request by request, by a
 * clock that the master trusts more than the machine's.
 */
export class ClientCertificates {
  readonly #proven = new WeakMap<object, X509Certificate>()
  #authorities: readonly X509Certificate[] = []

  /** Whose certificates count from now on. */
  trust(authoritiesPem: readonly string[]): void {
    this.#authorities = authoritiesPem.flatMap((pem) => pem.match(certificateBlock) ?? []).map((block) => new X509Certificate(block))
  }

  /** To be called once, when the handshake is done: Node tells a certificate's issuers the first time only. */
  meet(socket: TLSSocket): void {
    const [leaf, ...others] = presented(socket)
    if (leaf === undefined) return
    if (socket.authorized || (timeErrors.has(socket.authorizationError) && isClient(leaf) && leadsTo(this.#authorities, leaf, others))) this.#proven.set(socket, leaf)
  }

  of(socket: object): X509Certificate | undefined {
    return this.#proven.get(socket)
  }
}

/** Leaf first. */
function presented(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  let certificate = socket.getPeerX509Certificate()
  while (certificate !== undefined && chain.length <= mostIssuers) {
    chain.push(certificate)
    certificate = certificate.issuerCertificate
  }
  return chain
}

function isClient({ ca, keyUsage }: X509Certificate): boolean {
  // Node calls the extended key usages so; they are undefined in a certificate that has none.
  const usages: readonly string[] | undefined = keyUsage
  return !ca && (usages === undefined || usages.includes(clientAuth))
}

function leadsTo(authorities: readonly X509Certificate[], leaf: X509Certificate, others: readonly X509Certificate[]): boolean {
  let unused = others
  for (let current: X509Certificate | undefined = leaf; current !== undefined; ) {
    const subject: X509Certificate = current
    const isIssuer = (issuer: X509Certificate): boolean => hasSigned(issuer, subject)
    if (authorities.some(isIssuer)) return true
    current = unused.find(isIssuer)
    unused = unused.filter((other) => other !== current)
  }
  return false
}

function hasSigned(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
  } catch {
    // What a stranger presents may hold a key that is none.
    return false
  }
}
