import type { ConformanceSuite } from '../suite.js'
import { diskAbortCases } from './abort-cases.js'
import { fileCases } from './file-cases.js'
import type { DiskSubject } from './subject.js'
import { survivalCases } from './survival-cases.js'
import { watchCases } from './watch-cases.js'

/** The claims of the Disk port. */
export const diskSuite: ConformanceSuite<DiskSubject> = { port: 'Disk', cases: [...diskAbortCases, ...fileCases, ...survivalCases, ...watchCases] }
