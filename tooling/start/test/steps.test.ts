import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const steps = JSON.stringify(new URL('../steps.mjs', import.meta.url).href)

/** Runs steps in a process of their own, as the starters do: what counts is what a person sees and the exit code. */
function runSteps(list: string, environment: NodeJS.ProcessEnv = {}) {
  const program = `import { runSteps } from ${steps}; process.exitCode = await runSteps(${list})`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...environment },
  })
  const lines = stdout.trimEnd().split('\n')
  return { lines, last: lines.at(-1), status }
}

const passes = '{ name: "good", run: async () => ({ ok: true, passed: 3, failed: 0, skipped: [] }) }'
const fails = '{ name: "bad", run: async () => ({ ok: false, passed: 1, failed: 2, skipped: [] }) }'
const breaks = '{ name: "lint", run: async () => ({ ok: false }) }'
const skips = '{ name: "skips", run: async () => ({ ok: true, passed: 1, failed: 0, skipped: ["A1 comes back (needs podman)"] }) }'

test('the last line adds up the tests of all steps', () => {
  expect(runSteps(`[${passes}, ${fails}]`)).toMatchObject({ last: '4 passed, 2 failed', status: 1 })
  expect(runSteps(`[${passes}, ${passes}]`)).toMatchObject({ last: '6 passed, 0 failed', status: 0 })
})

test('a check that fails counts as one failure and does not keep the tests from running', () => {
  expect(runSteps(`[${breaks}, ${passes}]`)).toMatchObject({ last: '3 passed, 1 failed', status: 1 })
})

test('after a failed step that is needed the rest is left out, and said so', () => {
  const { lines, last, status } = runSteps(`[{ ...${breaks}, needed: true }, ${passes}]`)
  expect({ last, status }).toEqual({ last: '0 passed, 1 failed', status: 1 })
  expect(lines.some((line) => /good +not run/.test(line))).toBe(true)
})

test('skipped scenarios are listed by id', () => {
  const { lines, last, status } = runSteps(`[${skips}]`)
  expect(lines).toContain('Skipped scenarios: A1')
  expect({ last, status }).toEqual({ last: '1 passed, 0 failed', status: 0 })
})

test('with CI=true a skip is a failure', () => {
  expect(runSteps(`[${skips}]`, { CI: 'true' })).toMatchObject({ last: '1 passed, 1 failed', status: 1 })
})
