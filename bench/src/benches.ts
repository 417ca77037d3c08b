import { agentFootprint } from './agent-footprint.js'
import type { Bench } from './bench.js'
import { deployOverhead } from './deploy-overhead.js'
import { enrol } from './enrol.js'
import { exitLatency } from './exit-latency.js'
import { masterStart } from './master-start.js'

/** Everything that can be measured, in the order of `--list`. */
export const benches: readonly Bench[] = [deployOverhead, exitLatency, masterStart, agentFootprint, enrol]
