import type { ConformanceSuite } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { authorityAbortCases } from './authority-abort-cases.js'
import { authorityLifecycleCases } from './authority-lifecycle-cases.js'
import { nodeCertificateCases } from './node-certificate-cases.js'
import { rolledAuthorityCases } from './rolled-authority-cases.js'
import { serverCertificateCases } from './server-certificate-cases.js'

/** What a CertificateAuthority owes the master that holds it. */
export const certificateAuthoritySuite: ConformanceSuite<CertificateAuthoritySubject> = {
  port: 'CertificateAuthority',
  cases: [...authorityLifecycleCases, ...authorityAbortCases, ...nodeCertificateCases, ...serverCertificateCases, ...rolledAuthorityCases],
}
