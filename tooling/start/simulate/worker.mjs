/** A process that simulates one seed after the other: gets `{ seed, options }`, answers with an outcome. */
import { allFaults, simulate } from '@piccolo/testing'
import { simulateSeed } from './simulate-seed.mjs'

process.on('message', async ({ seed, options }) => {
  process.send(await simulateSeed(seed, { ...options, simulate, allFaults }).catch((error) => ({ seed, problem: `the simulator failed: ${error.stack ?? error}` })))
})
