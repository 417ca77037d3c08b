import type { ConformanceSuite } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { authorityLifecycleCases } from './authority-lifecycle-cases.js'
import { nodeCertificateCases } from './node-certificate-cases.js'
import { serverCertificateCases } from './server-certificate-cases.js'

export const certificateAuthoritySuite: ConformanceSuite<CertificateAuthoritySubject> = {
  port: 'CertificateAuthority',
  cases: [...authorityLifecycleCases, ...nodeCertificateCases, ...serverCertificateCases],
}
