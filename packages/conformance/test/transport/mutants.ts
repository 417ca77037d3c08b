import { transportSuite, type TransportSubject } from '@piccolo/conformance'
import { subjectOf } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'
import { identity } from './identity-mutants.js'
import { aborting, calls, lifecycle } from './lifecycle-mutants.js'
import { closing, messages } from './message-mutants.js'
import { bed } from './mutant-bed.js'

export const transportWalk: Walk<TransportSubject> = {
  suite: transportSuite,
  original: subjectOf(() => bed({})),
  mutants: [...lifecycle, ...aborting, ...calls, ...identity, ...messages, ...closing],
}
