import { certify, transportSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

const { certified } = await certify(transportSuite, bed, { adapter: 'tlsTransport' })
process.exitCode = certified ? 0 : 1
