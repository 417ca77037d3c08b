import type { Bench } from './bench.js'
import { resultOf, tableOf } from './result.js'

const usualLimitMs = 48_000

export interface Output {
  /** For programs: stdout. */
  print(line: string): void
  /** For people: stderr. */
  say(line: string): void
  /** Aborts when the process is asked to end: a bench cleans up after itself even then. */
  readonly stop: AbortSignal
}

const usage = 'npm run bench -- NAME [--json]   measures\nnpm run bench -- --list          names what can be measured'

/** The command line over the benches it is given. Gives the exit code: 0 measured, 1 could not, 2 asked for something unknown. */
export async function runBench(benches: readonly Bench[], args: readonly string[], { print, say, stop }: Output): Promise<number> {
  if (args.includes('--list')) {
    for (const { name, about } of benches) print(`${name.padEnd(20)} ${about}`)
    return 0
  }
  const [name, ...more] = args.filter((arg) => arg !== '--json')
  const bench = benches.find((candidate) => candidate.name === name)
  if (bench === undefined || more.length > 0) {
    say(`${name === undefined ? 'Which one?' : `There is no bench "${[name, ...more].join(' ')}".`} Known: ${benches.map((known) => known.name).join(', ')}.\n${usage}`)
    return 2
  }

  const { limitMs = usualLimitMs } = bench
  const limit = new AbortController()
  const timer = setTimeout(() => {
    limit.abort(new Error(`not done within ${limitMs / 1000} s`))
  }, limitMs)
  const signal = AbortSignal.any([limit.signal, stop])
  try {
    const result = resultOf(bench, await bench.run(signal, say))
    say(tableOf(bench, result))
    if (args.includes('--json')) print(JSON.stringify(result))
    return 0
  } catch (caught) {
    // What an aborted wait throws says less than why it was aborted.
    const error: unknown = signal.aborted ? signal.reason : caught
    say(`${bench.name} could not be measured: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    clearTimeout(timer)
  }
}
