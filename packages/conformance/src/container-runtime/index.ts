export { containerRuntimeSuite } from './suite.js'
export type { ContainerRuntimeSubject, Program } from './subject.js'
