import type { ConformanceSuite } from '../suite.js'
import { transportAbortCases } from './abort-cases.js'
import { callCases } from './call-cases.js'
import { closingCases } from './closing-cases.js'
import { identityCases } from './identity-cases.js'
import { lifecycleCases } from './lifecycle-cases.js'
import { messageCases } from './message-cases.js'
import type { TransportSubject } from './subject.js'
import { validityCases } from './validity-cases.js'

/** What a Transport owes to core. */
export const transportSuite: ConformanceSuite<TransportSubject> = {
  port: 'Transport',
  cases: [...lifecycleCases, ...transportAbortCases, ...callCases, ...identityCases, ...validityCases, ...messageCases, ...closingCases],
}
