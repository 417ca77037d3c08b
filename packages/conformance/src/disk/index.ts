export { diskSuite } from './suite.js'
export type { DiskSubject } from './subject.js'
