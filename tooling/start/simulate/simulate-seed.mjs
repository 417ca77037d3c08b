import { Story } from './story.mjs'

/**
 * Lets one seed run, and once more if it went wrong or determinism is to be checked. Gives an outcome: what `simulate` answers, `cpuMs`, in
 * `problem` what is wrong, and in `story` what led to it.
 */
export async function simulateSeed(seed, { simulate, nodes, ragingSeconds, checkDeterminism = false }) {
  const options = { seed, nodes, ragingMs: ragingSeconds * 1000 }
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
