export { registerSuite, type ConformanceCase, type ConformanceSuite, type RegisterTest } from './suite.js'
