import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { TlsIdentity } from '@piccolo/core/spi'

export interface TestCertificates {
  readonly caPem: string
  readonly identity: TlsIdentity
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** An authority and a server certificate that live as long as the test. */
export async function testCertificates(names: readonly x509.JsonGeneralName[] = [{ type: 'dns', value: 'piccolo-master' }, { type: 'ip', value: '127.0.0.1' }]): Promise<TestCertificates> {
  const keys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [caKeys, serverKeys] = await Promise.all([keys(), keys()])
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) }
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority', serialNumber: '01', keys: caKeys, signingAlgorithm: algorithm, ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  })
  const server = await x509.X509CertificateGenerator.create({
    subject: 'CN=piccolo-master', issuer: ca.subject, serialNumber: '02', publicKey: serverKeys.publicKey, signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm, ...validity, extensions: [new x509.SubjectAlternativeNameExtension([...names])],
  })
  const privateKey = await crypto.subtle.exportKey('pkcs8', serverKeys.privateKey)
  return {
    caPem: ca.toString('pem'),
    identity: { certificateChainPem: server.toString('pem'), privateKeyPem: x509.PemConverter.encode(privateKey, 'PRIVATE KEY') },
  }
}
