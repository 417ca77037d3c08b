import { createHash, X509Certificate, type KeyObject } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'

/** Extended key usages: what a certificate may be used for. */
export const serverAuth = '1.3.6.1.5.5.7.3.1'
export const clientAuth = '1.3.6.1.5.5.7.3.2'

/** SHA-256 of the subject public key info, lower-case hex: the name of a key. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex')
}

/** A certificate in DER or PEM. `unauthenticated` for anything else: whoever presents it has proven nothing. */
export function readCertificate(encoded: Uint8Array | string): X509Certificate {
  try {
    return new X509Certificate(encoded)
  } catch (error) {
    throw new PiccoloError('unauthenticated', 'A certificate was expected, but what was presented is none.', { cause: error })
  }
}

/** The certificates of a PEM text, in order. */
export function readChain(pem: string): readonly X509Certificate[] {
  return splitPem(pem).map(readCertificate)
}

export function splitPem(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

/** Subject alternative names of type URI. A name that had to be quoted is none of ours, and quoting is where parsers are fooled: then there are none. */
export function urisOf(certificate: X509Certificate): readonly string[] {
  const names = certificate.subjectAltName ?? ''
  if (names.includes('"')) return []
  return names.split(', ').filter((entry) => entry.startsWith('URI:')).map((entry) => entry.slice('URI:'.length))
}

export function isFor(certificate: X509Certificate, usage: string): boolean {
  // Node calls the extended key usages `keyUsage`; they are absent when the certificate has none.
  const usages: readonly string[] | undefined = certificate.keyUsage
  return usages?.includes(usage) ?? false
}

export function validityOf(certificate: X509Certificate): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  return { notBeforeMs: Date.parse(certificate.validFrom), notAfterMs: Date.parse(certificate.validTo) }
}
