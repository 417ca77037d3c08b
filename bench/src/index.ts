import { benches } from './benches.js'
import { runBench } from './main.js'

/** What `bench/run.mjs` calls. */
export function main(args: readonly string[]): Promise<number> {
  return runBench(benches, args, { print: (line) => console.log(line), say: (line) => console.error(line) })
}
