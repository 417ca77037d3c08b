/** One claim of a port's contract. Ids are stable: vendors quote them in their reports. */
export interface ConformanceCase<Subject> {
  /** e.g. `store/commit-is-atomic`. */
  readonly id: string
  /** The claim, as a sentence. */
  readonly title: string
  /** Throws (node:assert) when the claim does not hold. */
  run(subject: Subject): Promise<void>
}

export interface ConformanceSuite<Subject> {
  readonly port: string
  readonly cases: readonly ConformanceCase<Subject>[]
}

/** What a runner such as vitest or node:test calls `test`. */
export type RegisterTest = (title: string, run: () => Promise<void>) => unknown

/** Registers each case as a test. `provide` makes a fresh subject for each and hands back how to get rid of it. */
export function registerSuite<Subject>(
  suite: ConformanceSuite<Subject>,
  test: RegisterTest,
  provide: () => Promise<{ readonly subject: Subject; dispose(): Promise<void> }>,
): void {
  for (const { id, title, run } of suite.cases) {
    test(`${id}: ${title}`, async () => {
      const { subject, dispose } = await provide()
      try {
        await run(subject)
      } finally {
        await dispose()
      }
    })
  }
}
