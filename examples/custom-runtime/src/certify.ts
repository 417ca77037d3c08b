import { certify, containerRuntimeSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

const { certified } = await certify(containerRuntimeSuite, bed, { adapter: 'functionRuntime' })
process.exitCode = certified ? 0 : 1
