import { faultsOf } from './simulate-seed.mjs'

/** Lets one seed run in this process; `show` gets every line. Gives an outcome. */
export async function traceSeed({ firstSeed: seed, nodes, ragingSeconds, without = [] }, show) {
  // What it is made of was bundled just now.
  const { allFaults, simulate } = await import('@piccolo/testing')
  const before = process.cpuUsage()
  const result = await simulate({ seed, nodes, ragingMs: ragingSeconds * 1000, onLine: show, ...faultsOf(allFaults, without) })
  const { user, system } = process.cpuUsage(before)
  const { violation } = result
  return { ...result, cpuMs: (user + system) / 1000, ...(violation !== undefined && { problem: `${violation.invariant}: ${violation.detail}` }) }
}
