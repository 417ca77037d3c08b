import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { environment, root } from '../house.mjs'

test('npm run simulate lets clusters live through seeds, shows one again, and goes the same way both times', () => {
  const simulate = (...args: readonly string[]) => spawnSync('npm', ['run', '--silent', 'simulate', '--', '--nodes', '2', '--raging-seconds', '30', ...args], { cwd: root, env: environment, encoding: 'utf8' })
  const several = simulate('--first-seed', '5', '--seeds', '2', '--check-determinism')
  expect(several).toMatchObject({ status: 0, stdout: expect.stringMatching(/2 passed, 0 failed; .* h simulated in \d+ s(; \d+ × [^\n]+)?\n$/) as string })
  const [, hash] = /seed 5 +([0-9a-f]{16})/.exec(several.stdout) ?? []
  const traced = simulate('--seed', '5', '--trace')
  expect(traced.stdout).toMatch(/── resting ──/)
  expect(traced.stdout.trimEnd().split('\n').at(-1)).toContain(hash)
}, 120_000)
