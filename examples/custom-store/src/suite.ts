import { test } from 'node:test'
import { registerSuite, stateStoreSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

registerSuite(stateStoreSuite, test, bed)
