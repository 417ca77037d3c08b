import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { webcrypto, X509Certificate } from 'node:crypto'
import type { TransportMaterial } from '@piccolo/conformance'
import type { TlsIdentity } from '@piccolo/core/spi'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const hourMs = 3_600_000

export interface EphemeralAuthority {
  readonly authorityPem: string
  /** A server's chain ends with the authority's own certificate. */
  server(): Promise<TlsIdentity>
  node(nodeId: string, validity?: { readonly notBeforeMs: number; readonly notAfterMs: number }): Promise<TlsIdentity>
}

/** A certificate authority that lives as long as the test. */
export async function ephemeralAuthority(name = 'test'): Promise<EphemeralAuthority> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name} CA`,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + hourMs),
    signingAlgorithm: algorithm,
    keys: keys,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  })

  const issue = async (subject: string, extensions: x509.Extension[], validity = { notBeforeMs: Date.now() - hourMs, notAfterMs: Date.now() + hourMs }): Promise<TlsIdentity> => {
    const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      notBefore: new Date(validity.notBeforeMs),
      notAfter: new Date(validity.notAfterMs),
      signingAlgorithm: algorithm,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      extensions,
    })
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey)
    return { certificateChainPem: `${certificate.toString('pem')}\n${authority.toString('pem')}\n`, privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
  }

  return {
    authorityPem: authority.toString('pem'),
    server: () => issue('CN=master', [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]), new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])]),
    node: (nodeId, validity) => issue(`CN=${nodeId}`, [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])], validity),
  }
}

/** The first certificate of a chain. */
export function leafOf(identity: TlsIdentity): X509Certificate {
  return new X509Certificate(identity.certificateChainPem)
}

/** What the transport suite asks of an authority. */
export async function transportMaterial(authority: EphemeralAuthority): Promise<TransportMaterial> {
  const clientAuthoritiesPem = [authority.authorityPem]
  return {
    server: { identity: await authority.server(), clientAuthoritiesPem },
    renewedServer: { identity: await authority.server(), clientAuthoritiesPem },
    node: await authority.node('edge-1'),
    otherNode: await authority.node('edge-2'),
    expiredNode: await authority.node('edge-1', { notBeforeMs: Date.now() - 2 * hourMs, notAfterMs: Date.now() - hourMs }),
  }
}
