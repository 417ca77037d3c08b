/** `npm run simulate`: whole clusters live through what seeds decide. From a fresh clone on; docs/simulation.md says how to read what it prints. */
import { bundle } from './bundle.mjs'
import { install } from './install.mjs'
import { preflight } from './preflight.mjs'
import { parseOptions, usage } from './simulate/options.mjs'
import { runSeeds } from './simulate/run-seeds.mjs'
import { failureText, seedLine, summaryLine } from './simulate/report.mjs'
import { traceSeed } from './simulate/trace-seed.mjs'

const { options, problem } = parseOptions(process.argv.slice(2))
if (problem !== undefined) {
  console.error(`✘ ${problem}\n${usage}`)
  process.exit(2)
}
if (options.help) {
  console.log(usage)
  process.exit(0)
}
await preflight()
if (!(await install()) || !(await bundle('@piccolo/testing'))) process.exit(1)

process.exitCode = options.trace ? await trace() : await run()

async function trace() {
  const outcome = await traceSeed(options, (line) => console.log(line))
  console.log(seedLine(outcome))
  return outcome.problem === undefined ? 0 : 1
}

async function run() {
  const startedMs = performance.now()
  const outcomes = await runSeeds(options, (outcome) => {
    console.log(seedLine(outcome))
    if (outcome.problem !== undefined) console.log(failureText(outcome, options))
  })
  console.log(summaryLine(outcomes, performance.now() - startedMs))
  return outcomes.every(({ problem }) => problem === undefined) ? 0 : 1
}
