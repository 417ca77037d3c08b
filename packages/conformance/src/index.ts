export { registerSuite, type ConformanceCase, type ConformanceSuite, type RegisterTest } from './suite.js'
export { containerRuntimeSuite, type ContainerRuntimeSubject, type Program } from './container-runtime/index.js'
