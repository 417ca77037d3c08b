import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

it.each([{ first: 51, nodes: 10 }, { first: 1_001, nodes: 4 }])('two hundred seeds from $first on, $nodes nodes each: whatever rages, once all is mended everything settles', ({ first, nodes }) => {
  const { stdout, status } = spawnSync('npm', ['run', '--silent', 'simulate', '--', '--first-seed', String(first), '--seeds', '200', '--nodes', String(nodes)], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  expect(stdout.split('\n').filter((line) => !line.startsWith('✔'))).toEqual([expect.stringMatching(/^200 passed, 0 failed/), ''])
  expect(status).toBe(0)
})
