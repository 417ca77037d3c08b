import type { Bench } from './bench.js'

/** Everything that can be measured, in the order of `--list`. */
export const benches: readonly Bench[] = []
