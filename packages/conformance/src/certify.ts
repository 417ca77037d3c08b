import { certificateTable, type CaseResult, type Certificate } from './certificate.js'
import { runCase, type ConformanceCase, type ConformanceSuite, type Provide } from './suite.js'

export interface CertifyOptions {
  /** The adapter's name, as the table shows it. */
  readonly adapter: string
  /** Where the table goes; standard output unless given. */
  readonly print?: (markdown: string) => void
}

/**
 * Runs the whole suite, one case after the other, and prints a table in Markdown for the adapter's README. Resolves whatever the
 * outcome: `certified` tells it. An adapter that hangs where the port promises nothing is for the caller to end.
 *
 * @example
 * ```ts
 * import { certify, stateStoreSuite } from '@piccolo/conformance'
 * import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger } from '@piccolo/testing'
 *
 * const bed = async () => {
 *   const backend = memoryBackend()
 *   const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
 *   return { subject: { create: () => memoryStore({ backend })(context) }, dispose: async () => undefined }
 * }
 * const { certified } = await certify(stateStoreSuite, bed, { adapter: 'memoryStore' })
 * process.exitCode = certified ? 0 : 1
 * ```
 */
export async function certify<Subject>(suite: ConformanceSuite<Subject>, provide: Provide<Subject>, { adapter, print = toStandardOutput }: CertifyOptions): Promise<Certificate> {
  const results: CaseResult[] = []
  for (const one of suite.cases) results.push(await resultOf(one, provide))
  const certificate = { adapter, port: suite.port, results, certified: results.every(({ outcome }) => outcome !== 'broken') }
  print(certificateTable(certificate))
  return certificate
}

async function resultOf<Subject>(one: ConformanceCase<Subject>, provide: Provide<Subject>): Promise<CaseResult> {
  const { id, title, given } = one
  try {
    const outcome = await runCase(one, provide)
    return { id, title, outcome, ...(outcome === 'not offered' && given !== undefined && { reason: `without ${given.what}` }) }
  } catch (error) {
    return { id, title, outcome: 'broken', reason: error instanceof Error ? error.message : String(error) }
  }
}

function toStandardOutput(markdown: string): void {
  process.stdout.write(`${markdown}\n`)
}
