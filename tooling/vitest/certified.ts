import { expect, test } from 'vitest'
import { certificateTable, registerSuite, type CaseResult, type ConformanceSuite, type Provide } from '@piccolo/conformance'

export interface CertifiedOptions {
  /** The adapter's name, as its certificate shows it. */
  readonly adapter: string
  /** Where its certificate stands, to be read by whoever chooses an adapter: `certificates/<port>.md` of its package. */
  readonly page: URL
}

/**
 * Every case of a suite as a test, and one more: the certificate that stands in the package tells what the cases have shown. `vitest -u`
 * writes it; a first one is written by itself, once nothing is broken.
 */
export function certified<Subject>(suite: ConformanceSuite<Subject>, provide: Provide<Subject>, { adapter, page }: CertifiedOptions): void {
  const results = new Map<string, CaseResult>()
  registerSuite(noted(suite, results), test, provide)

  test(`${adapter}: its certificate tells what its cases have shown`, async ({ skip }) => {
    // Only some of the cases were asked for.
    if (results.size < suite.cases.length && !process.env['CI']) skip()
    const inOrder = suite.cases.flatMap(({ id }) => results.get(id) ?? [])
    expect(inOrder).toHaveLength(suite.cases.length)
    await expect(certificateTable({ adapter, port: suite.port, results: inOrder, certified: true })).toMatchFileSnapshot(page.pathname)
  })
}

/** The same suite; what became of each case is noted, but for those that fail. */
function noted<Subject>(suite: ConformanceSuite<Subject>, results: Map<string, CaseResult>): ConformanceSuite<Subject> {
  const cases = suite.cases.map((one) => {
    const { id, title, given } = one
    return {
      ...one,
      ...(given !== undefined && {
        given: {
          what: given.what,
          holds(subject: Subject) {
            const holds = given.holds(subject)
            if (!holds) results.set(id, { id, title, outcome: 'not offered', reason: `without ${given.what}` })
            return holds
          },
        },
      }),
      async run(subject: Subject) {
        await one.run(subject)
        results.set(id, { id, title, outcome: 'holds' })
      },
    }
  })
  return { ...suite, cases }
}
