import { test } from 'node:test'
import { registerSuite, transportSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

registerSuite(transportSuite, test, bed)
