import type { ConformanceSuite } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { credentialsAbortCases } from './credentials-abort-cases.js'
import { credentialsLifecycleCases } from './credentials-lifecycle-cases.js'
import { enrolmentCases } from './enrolment-cases.js'
import { renewalCases } from './renewal-cases.js'
import { rolledCredentialsCases } from './rolled-credentials-cases.js'

/** What NodeCredentials owe the agent that holds them. */
export const nodeCredentialsSuite: ConformanceSuite<NodeCredentialsSubject> = {
  port: 'NodeCredentials',
  cases: [...credentialsLifecycleCases, ...credentialsAbortCases, ...enrolmentCases, ...renewalCases, ...rolledCredentialsCases],
}
