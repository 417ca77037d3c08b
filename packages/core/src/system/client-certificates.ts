import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const clientAuth = '1.3.6.1.5.5.7.3.2'
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
/** What OpenSSL says of a certificate that is over, or not valid yet, at any place of its chain. It says one thing only: more may be wrong. */
const timeErrors: ReadonlySet<unknown> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
/** No chain of ours is longer, whatever is presented. */
const mostIssuers = 8

/**
 * Reads the certificates of PEM texts, one or more in each.
 *
 * @throws `Error` for a block that holds no certificate.
 */
export function certificatesOf(pems: readonly string[]): readonly X509Certificate[] {
  return pems.flatMap((pem) => pem.match(certificateBlock) ?? []).map((block) => new X509Certificate(block))
}

/**
 * The certificate that the client of a TLS server has proven to hold, its handshake done: for clients, and issued by one of these authorities. Time is
 * left out of account: the master judges it, by a clock that it trusts more than the machine's. The server asks for a certificate and rejects
 * none itself (`requestCert: true, rejectUnauthorized: false`). To be asked once a connection: Node tells a certificate's issuers the first time only.
 */
export function provenCertificate(socket: TLSSocket, authorities: readonly X509Certificate[]): X509Certificate | undefined {
  if (socket.authorized) return socket.getPeerX509Certificate()
  if (!timeErrors.has(socket.authorizationError)) return undefined
  const [leaf, ...others] = presented(socket)
  return leaf !== undefined && isClient(leaf) && leadsTo(authorities, leaf, others) ? leaf : undefined
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
