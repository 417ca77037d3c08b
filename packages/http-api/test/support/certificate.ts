import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { TlsIdentity } from '@piccolo/core/spi'

export interface TestCertificates {
  readonly caPem: string
  readonly identity: TlsIdentity
  /** A client's certificate by this authority. Default: for an hour, as a client. */
  client(options?: ClientCertificateOptions): Promise<TlsIdentity>
}

export interface ClientCertificateOptions {
  readonly notBeforeMs?: number
  readonly notAfterMs?: number
  /** Default: `clientAuth`. */
  readonly usage?: 'clientAuth' | 'serverAuth'
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000

/** An authority and certificates that live as long as the test. */
export async function testCertificates(names: readonly x509.JsonGeneralName[] = [{ type: 'dns', value: 'piccolo-master' }, { type: 'ip', value: '127.0.0.1' }]): Promise<TestCertificates> {
  const caKeys = await newKeys()
  const validity = { notBefore: new Date(Date.now() - 100 * hourMs), notAfter: new Date(Date.now() + hourMs) }
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority', serialNumber: '01', keys: caKeys, signingAlgorithm: algorithm, ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  })
  const sign = async (subject: string, extensions: x509.Extension[], dates: typeof validity): Promise<TlsIdentity> => {
    const { publicKey, privateKey } = await newKeys()
    const leaf = await x509.X509CertificateGenerator.create({
      subject, issuer: ca.subject, serialNumber: '02', publicKey, signingKey: caKeys.privateKey, signingAlgorithm: algorithm, ...dates, extensions,
    })
    const exported = await crypto.subtle.exportKey('pkcs8', privateKey)
    return { certificateChainPem: leaf.toString('pem'), privateKeyPem: x509.PemConverter.encode(exported, 'PRIVATE KEY') }
  }
  return {
    caPem: ca.toString('pem'),
    identity: await sign('CN=piccolo-master', [new x509.SubjectAlternativeNameExtension([...names])], validity),
    client: ({ notBeforeMs = Date.now() - hourMs, notAfterMs = Date.now() + hourMs, usage = 'clientAuth' } = {}) => (
      sign('CN=ada', [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]])], { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) })
    ),
  }
}

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
