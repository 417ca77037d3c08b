import type { ConformanceSuite } from '../suite.js'
import { signalLifecycleCases } from './lifecycle-cases.js'
import { signalReadingCases } from './reading-cases.js'
import type { SignalSourceSubject } from './signal-source-subject.js'

/** What a SignalSource owes. */
export const signalSourceSuite: ConformanceSuite<SignalSourceSubject> = {
  port: 'SignalSource',
  cases: [...signalLifecycleCases, ...signalReadingCases],
}
