import type { ConformanceSuite } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { credentialsLifecycleCases } from './credentials-lifecycle-cases.js'
import { enrolmentCases } from './enrolment-cases.js'
import { renewalCases } from './renewal-cases.js'

export const nodeCredentialsSuite: ConformanceSuite<NodeCredentialsSubject> = {
  port: 'NodeCredentials',
  cases: [...credentialsLifecycleCases, ...enrolmentCases, ...renewalCases],
}
