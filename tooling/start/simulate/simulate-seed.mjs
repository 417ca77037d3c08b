import { Story } from './story.mjs'

/**
 * Lets one seed run, and once more if it went wrong or determinism is to be checked. Gives an outcome: what `simulate` answers, `cpuMs`, in
 * `problem` what is wrong, and in `story` what led to it.
 */
export async function simulateSeed(seed, { simulate, allFaults = [], nodes, ragingSeconds, without = [], checkDeterminism = false }) {
  const options = { seed, nodes, ragingMs: ragingSeconds * 1000, ...faultsOf(allFaults, without) }
  const before = process.cpuUsage()
  const result = await simulate(options)
  const { user, system } = process.cpuUsage(before)
  const outcome = { ...result, cpuMs: (user + system) / 1000 }
  if (result.violation === undefined && !checkDeterminism) return outcome

  const story = new Story()
  const again = await simulate({ ...options, onLine: (line, event) => story.take(line, event) })
  if (again.traceHash !== result.traceHash) {
    return { ...outcome, problem: `the same seed went two ways: ${result.traceHash.slice(0, 16)} and ${again.traceHash.slice(0, 16)}. Something takes time, chance or order from the real world.` }
  }
  if (result.violation === undefined) return outcome
  const { invariant, detail } = result.violation
  return { ...outcome, problem: `${invariant}: ${detail}`, story: story.tell(detail) }
}

/** A name that is none would leave nothing out, and nobody would notice. */
export function faultsOf(allFaults, without) {
  if (without.length === 0) return {}
  const unknown = without.filter((name) => !allFaults.some((fault) => fault.name === name))
  if (unknown.length > 0) throw new Error(`There is no fault "${unknown.join('", "')}"; there are ${allFaults.map(({ name }) => name).join(', ')}.`)
  return { faults: allFaults.filter(({ name }) => !without.includes(name)) }
}
