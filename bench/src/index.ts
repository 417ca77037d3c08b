import { benches } from './benches.js'
import { runBench } from './main.js'

/** What `bench/run.mjs` calls. */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const end = () => {
    stop.abort(new Error('asked to stop'))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  return runBench(benches, args, { print: (line) => console.log(line), say: (line) => console.error(line), stop: stop.signal })
}
