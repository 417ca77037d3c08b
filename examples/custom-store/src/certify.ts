import { certify, stateStoreSuite } from '@piccolo/conformance'
import { bed } from './bed.js'

const { certified } = await certify(stateStoreSuite, bed, { adapter: 'ledgerStore' })
process.exitCode = certified ? 0 : 1
