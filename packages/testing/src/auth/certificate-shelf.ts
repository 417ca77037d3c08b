import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { fingerprintOf } from './test-key.js'
import { unauthenticated } from './verify-certificate.js'

const pemBlock = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g

/**
 * Certificates that were read once, and what was found out about them. Reading one takes a millisecond, a simulated hour has
 * thousands of handshakes, and a cluster's certificates are the same few all the time.
 */
export class CertificateShelf {
  readonly #certificates = new Map<string, X509Certificate>()
  readonly #issued = new Map<string, boolean>()
  readonly #fingerprints = new Map<X509Certificate, string>()
  readonly #publicKeys = new Map<KeyObject, KeyObject>()
  readonly #privateKeys = new Map<string, KeyObject>()

  /** Of a certificate in DER; `unauthenticated` when it is none. */
  read(encoded: Uint8Array): X509Certificate {
    return this.#take(Buffer.from(encoded).toString('base64'))
  }

  /** The certificates of a PEM text, in order. */
  all(pem: string): readonly X509Certificate[] {
    return [...pem.matchAll(pemBlock)].map(([, body = '']) => this.#take(body.replaceAll(/\s/g, '')))
  }

  /** Whether this issuer, by name and by its signature, made the certificate. */
  isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
    const name = `${certificate.fingerprint256} ${issuer.fingerprint256}`
    const known = this.#issued.get(name) ?? (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
    this.#issued.set(name, known)
    return known
  }

  /** Refuses a certificate that leads to none of the authorities, neither by itself nor over the rest of its chain. */
  requirePath([leaf, ...others]: readonly X509Certificate[], authorities: readonly X509Certificate[]): void {
    for (let current = leaf, unused = others; current !== undefined; ) {
      const subject: X509Certificate = current
      const isIssuer = (candidate: X509Certificate): boolean => candidate.ca && this.isIssued(subject, candidate)
      if (authorities.some(isIssuer)) return
      current = unused.find(isIssuer)
      unused = unused.filter((candidate) => candidate !== current)
    }
    throw unauthenticated("the certificate is not signed by the cluster's authority")
  }

  /** SHA-256 of the subject public key info, lower-case hex. */
  fingerprint(certificate: X509Certificate): string {
    const known = this.#fingerprints.get(certificate) ?? fingerprintOf(certificate.publicKey)
    this.#fingerprints.set(certificate, known)
    return known
  }

  /** The public half of a private key. */
  publicKey(key: KeyObject): KeyObject {
    const known = this.#publicKeys.get(key) ?? createPublicKey(key)
    this.#publicKeys.set(key, known)
    return known
  }

  /** A private key as PEM text. */
  textOf(key: KeyObject): string {
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#privateKeys.set(pem, key)
    return pem
  }

  privateKey(pem: string): KeyObject {
    const known = this.#privateKeys.get(pem) ?? createPrivateKey(pem)
    this.#privateKeys.set(pem, known)
    return known
  }

  #take(base64: string): X509Certificate {
    const certificate = this.#certificates.get(base64) ?? parse(base64)
    this.#certificates.set(base64, certificate)
    return certificate
  }
}

function parse(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'))
  } catch (error) {
    throw unauthenticated('what was presented is no certificate', error)
  }
}
