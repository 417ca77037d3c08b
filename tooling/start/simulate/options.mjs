import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export const usage = `usage: npm run simulate -- [options]
  --seed N              this seed only
  --trace               with --seed: print everything that happens, as it happens
  --first-seed N        the first of several seeds (1)
  --seeds K             how many (20)
  --nodes N             sub nodes of the cluster (10)
  --raging-seconds S    how long faults rage, on the simulated clock (600)
  --without NAMES       faults to leave out, with commas between
  --check-determinism   let every seed run twice: both must go the same way
  --workers N           processes side by side (one for each core)`

const numbers = { seed: 0, 'first-seed': 0, seeds: 1, nodes: 1, 'raging-seconds': 0, workers: 1 }

/** What was asked for, or in `problem` what is wrong with it. */
export function parseOptions(args) {
  let values
  try {
    const strings = Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }]))
    values = parseArgs({ args, options: { ...strings, without: { type: 'string' }, trace: { type: 'boolean' }, 'check-determinism': { type: 'boolean' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    return { problem: error.message }
  }
  for (const [name, least] of Object.entries(numbers)) {
    const value = values[name]
    if (value !== undefined && !(/^\d+$/.test(value) && Number(value) >= least)) return { problem: `--${name} takes a whole number from ${least} on, not "${value}".` }
  }
  if (values.seed !== undefined && (values.seeds !== undefined || values['first-seed'] !== undefined)) return { problem: '--seed is one seed; --first-seed and --seeds are several.' }
  if (values.trace && values.seed === undefined) return { problem: '--trace shows one seed: say which with --seed.' }
  return { options: fromValues(values) }
}

function fromValues(values) {
  const number = (name, otherwise) => (values[name] === undefined ? otherwise : Number(values[name]))
  const seed = number('seed')
  return {
    help: values.help === true,
    firstSeed: seed ?? number('first-seed', 1),
    seeds: seed === undefined ? number('seeds', 20) : 1,
    nodes: number('nodes', 10),
    ragingSeconds: number('raging-seconds', 600),
    without: (values.without ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''),
    trace: values.trace === true,
    checkDeterminism: values['check-determinism'] === true,
    workers: number('workers', availableParallelism()),
  }
}

/** What simulates this seed again and shows everything. */
export function replayCommand(seed, { nodes, ragingSeconds, without = [] }) {
  return `npm run simulate -- --seed ${seed} --nodes ${nodes}${ragingSeconds === 600 ? '' : ` --raging-seconds ${ragingSeconds}`}${without.length === 0 ? '' : ` --without '${without.join(',')}'`} --trace`
}
