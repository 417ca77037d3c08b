import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { webcrypto, X509Certificate } from 'node:crypto'
import type { TransportMaterial } from '@piccolo/conformance'
import type { TlsIdentity } from '@piccolo/core/spi'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const hourMs = 3_600_000

interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

interface Issuer {
  readonly name: string
  readonly key: webcrypto.CryptoKey
  /** PEM, what a chain goes on with. */
  readonly chain: string
}

export interface EphemeralAuthority {
  readonly authorityPem: string
  /** A server's chain ends with the authority's own certificate. */
  server(validity?: Validity): Promise<TlsIdentity>
  node(nodeId: string, validity?: Validity): Promise<TlsIdentity>
  /** What signs. */
  readonly issuer: Issuer
}

const now = (): Validity => ({ notBeforeMs: Date.now() - hourMs, notAfterMs: Date.now() + hourMs })
export const over = (): Validity => ({ notBeforeMs: Date.now() - 2 * hourMs, notAfterMs: Date.now() - hourMs })
export const early = (): Validity => ({ notBeforeMs: Date.now() + hourMs, notAfterMs: Date.now() + 2 * hourMs })
const clientUsage = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])
const serverExtensions = [
  new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]), new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
]

/** A certificate authority that lives as long as the test; below another one, if that is named. */
export async function ephemeralAuthority(name = 'test', { above, validity = now() }: { readonly above?: Issuer; readonly validity?: Validity } = {}): Promise<EphemeralAuthority> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const subject = `CN=${name} CA`
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: above?.name ?? subject,
    notBefore: new Date(validity.notBeforeMs),
    notAfter: new Date(validity.notAfterMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: above?.key ?? keys.privateKey,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  })
  const authorityPem = certificate.toString('pem')
  const issuer = { name: subject, key: keys.privateKey, chain: `${authorityPem}\n${above?.chain ?? ''}` }
  return {
    authorityPem,
    issuer,
    server: (period) => issue(issuer, { subject: 'CN=master', extensions: serverExtensions, validity: period }),
    node: (nodeId, period) => issue(issuer, { subject: `CN=${nodeId}`, extensions: [clientUsage], validity: period }),
  }
}

interface Wanted {
  readonly subject: string
  readonly extensions: readonly x509.Extension[]
  readonly validity?: Validity | undefined
}

async function issue(issuer: Issuer, { subject, extensions, validity = now() }: Wanted): Promise<TlsIdentity> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.name,
    notBefore: new Date(validity.notBeforeMs),
    notAfter: new Date(validity.notAfterMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [...extensions],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificateChainPem: `${certificate.toString('pem')}\n${issuer.chain}`, privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
}

/** What somebody makes who has the key of a node and takes it for an authority's. */
async function forgedNode({ certificateChainPem: chain, privateKeyPem }: TlsIdentity): Promise<TlsIdentity> {
  const key = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(privateKeyPem), algorithm, true, ['sign'])
  return issue({ name: new X509Certificate(chain).subject, key, chain }, { subject: 'CN=edge-1', extensions: [clientUsage], validity: over() })
}

/** The first certificate of a chain. */
export function leafOf(identity: TlsIdentity): X509Certificate {
  return new X509Certificate(identity.certificateChainPem)
}

/** What the transport suite asks of an authority. */
export async function transportMaterial(authority: EphemeralAuthority): Promise<TransportMaterial> {
  const clientAuthoritiesPem = [authority.authorityPem]
  const otherNode = await authority.node('edge-2')
  const root = await ephemeralAuthority('root')
  const between = await ephemeralAuthority('between', { above: root.issuer, validity: over() })
  return {
    server: { identity: await authority.server(), clientAuthoritiesPem },
    renewedServer: { identity: await authority.server(), clientAuthoritiesPem },
    node: await authority.node('edge-1'),
    otherNode,
    expiredNode: await authority.node('edge-1', over()),
    earlyNode: await authority.node('edge-1', early()),
    forgedNode: await forgedNode(otherNode),
    delegated: { authorityPem: root.authorityPem, node: await between.node('edge-1', over()) },
  }
}
