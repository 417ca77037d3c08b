import type { ConformanceSuite } from '../suite.js'
import { runtimeAbortCases } from './abort-cases.js'
import { facetCases } from './facet-cases.js'
import { lifecycleCases } from './lifecycle-cases.js'
import { scopeCases } from './scope-cases.js'
import { openingCases } from './opening-cases.js'
import type { ContainerRuntimeSubject } from './subject.js'
import { watchCases } from './watch-cases.js'

/** The claims of the ContainerRuntime port. */
export const containerRuntimeSuite: ConformanceSuite<ContainerRuntimeSubject> = {
  port: 'ContainerRuntime',
  cases: [...openingCases, ...runtimeAbortCases, ...lifecycleCases, ...watchCases, ...scopeCases, ...facetCases],
}
