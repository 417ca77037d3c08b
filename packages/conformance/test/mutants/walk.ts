import { AssertionError } from 'node:assert'
import { describe, expect, test } from 'vitest'
import type { ConformanceCase, ConformanceSuite, Provide } from '@piccolo/conformance'
import { PiccoloError } from '@piccolo/core/spi'
import type { Mutant } from './mutant.js'

export interface Walk<Subject> {
  readonly suite: ConformanceSuite<Subject>
  /** What the mutants are made of; every case holds for it. */
  readonly original: Provide<Subject>
  readonly mutants: readonly Mutant<Subject>[]
}

/** So many mutants live at once: most of their time they wait for what never comes. */
const atOnce = 16

/** Shows that each case of a suite bites: it holds for the original, and fails on the mutants made for it. */
export function walkMutants<Subject>({ suite, original, mutants }: Walk<Subject>): void {
  describe(`the ${suite.port} suite`, () => {
    const fates = lazily(() => fatesOf(suite, mutants))

    test('holds for the original, all of which it offers', async () => {
      for (const one of suite.cases) expect([one.id, await fateOf(one, original)]).toEqual([one.id, 'holds'])
    })

    test.each(mutants.map((mutant) => [`${mutant.killedBy} notices an adapter that ${mutant.name}`, mutant] as const))('%s', async (_, mutant) => {
      const fate = await (await fates()).get(mutant)
      // A claim that fails by assertion, or by the adapter's own refusal; anything else is a mistake in the mutant.
      expect(fate instanceof AssertionError || PiccoloError.is(fate) ? 'killed' : fate).toBe('killed')
    })

    test('every case is killed by a mutant: one that never fails claims nothing', () => {
      const named = new Set(mutants.map(({ killedBy }) => killedBy))
      expect(suite.cases.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([])
      const ids = new Set(suite.cases.map(({ id }) => id))
      expect([...named].filter((id) => !ids.has(id))).toEqual([])
      expect(ids.size).toBe(suite.cases.length)
    })
  })
}

/** What becomes of each mutant; they are tried side by side. */
async function fatesOf<Subject>(suite: ConformanceSuite<Subject>, mutants: readonly Mutant<Subject>[]): Promise<ReadonlyMap<Mutant<Subject>, Promise<unknown>>> {
  const waiting: (() => void)[] = []
  let free = atOnce
  const turn = async (): Promise<void> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
  }
  const done = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return new Map(mutants.map((mutant) => [mutant, (async () => {
    await turn()
    try {
      const one = suite.cases.find(({ id }) => id === mutant.killedBy)
      return one === undefined ? `there is no case ${mutant.killedBy}` : await fateOf(one, mutant.provide)
    } finally {
      done()
    }
  })()]))
}

async function fateOf<Subject>({ given, run }: ConformanceCase<Subject>, provide: Provide<Subject>): Promise<unknown> {
  const { subject, dispose } = await provide()
  try {
    if (given?.holds(subject) === false) return `without ${given.what}`
    await run(subject)
    return 'holds'
  } catch (error) {
    return error
  } finally {
    await dispose()
  }
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}
