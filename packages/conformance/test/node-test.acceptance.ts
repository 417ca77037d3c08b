import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface Run {
  readonly code: number
  readonly passed: number
  readonly failed: number
  readonly output: string
}

/** What Node's own runner says of a program that registers a suite; it runs on what `npm run build` left behind. */
function underNodeTest(program: string): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--test-reporter=tap', '--input-type=module', '-e', program], { cwd: root, timeout: 60_000 }, (error, output) => {
      const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1])
      resolve({ code: Number(error?.code ?? 0), passed: count('pass'), failed: count('fail'), output })
    })
  })
}

const program = (create: string): string => `
  import { test } from 'node:test'
  import { registerSuite, stateStoreSuite } from '@piccolo/conformance'
  import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger } from '@piccolo/testing'

  const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
  registerSuite(stateStoreSuite, test, async () => {
    const backend = memoryBackend()
    return { subject: { create: () => ${create} }, dispose: async () => undefined }
  })
`

test('the same suite runs under node:test', async () => {
  const { stateStoreSuite } = await import('@piccolo/conformance')
  expect(await underNodeTest(program('memoryStore({ backend })(context)'))).toMatchObject({ code: 0, passed: stateStoreSuite.cases.length, failed: 0 })
})

test('under node:test, too, an adapter that breaks one claim fails its test and the run', async () => {
  const broken = 'Object.assign(memoryStore({ backend })(context), { capabilities: { durable: "no", shared: false, maxValueBytes: 0, maxCommitOperations: 512, maxCommitBytes: 1024 } })'
  const { code, failed, output } = await underNodeTest(program(broken))
  expect(code).toBe(1)
  expect(failed).toBeGreaterThan(0)
  expect(output).toMatch(/^not ok \d+ - store\/capabilities: /m)
})
