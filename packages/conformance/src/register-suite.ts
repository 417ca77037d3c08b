import { runCase, type ConformanceSuite, type Provide } from './suite.js'

/** What a runner such as vitest or node:test calls `test`. */
export type RegisterTest = (title: string, run: () => Promise<void>) => unknown

/** Registers each case as a test of its own. A case about what the adapter does not offer passes: `certify` tells those apart. */
export function registerSuite<Subject>(suite: ConformanceSuite<Subject>, test: RegisterTest, provide: Provide<Subject>): void {
  for (const one of suite.cases) {
    test(`${one.id}: ${one.title}`, async () => {
      await runCase(one, provide)
    })
  }
}
