import { test } from 'node:test'
import { registerSuite, containerRuntimeSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

registerSuite(containerRuntimeSuite, test, bed)
