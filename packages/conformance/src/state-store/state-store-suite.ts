import type { ConformanceSuite } from '../suite.js'
import { storeAbortCases } from './abort-cases.js'
import { commitCases } from './commit-cases.js'
import { lifecycleCases } from './lifecycle-cases.js'
import { listCases } from './list-cases.js'
import type { StateStoreSubject } from './state-store-subject.js'
import { watchCases } from './watch-cases.js'

/** What every state store owes its callers. */
export const stateStoreSuite: ConformanceSuite<StateStoreSubject> = {
  port: 'StateStore',
  cases: [...lifecycleCases, ...storeAbortCases, ...commitCases, ...listCases, ...watchCases],
}
