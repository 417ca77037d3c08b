import { X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '@piccolo/core/spi'

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The first certificate of a chain, DER. */
export function leafOf({ certificateChainPem }: TlsIdentity): Uint8Array {
  return new Uint8Array(new X509Certificate(certificateChainPem).raw)
}

/** All of a chain, DER, leaf first. */
export function chainOf({ certificateChainPem }: TlsIdentity): Uint8Array[] {
  return (certificateChainPem.match(certificateBlock) ?? []).map((pem) => new Uint8Array(new X509Certificate(pem).raw))
}
