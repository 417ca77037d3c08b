/** `npm test`: everything this machine can check, from a fresh clone on. */
import { installFromDebian, mayInstall } from './debian.mjs'
import { install } from './install.mjs'
import { runUnitOn } from './other-node.mjs'
import { preflight } from './preflight.mjs'
import { run } from './run.mjs'
import { runSteps } from './steps.mjs'
import { runProject } from './vitest-step.mjs'

const command = (program, ...args) => async () => ({ ok: (await run(program, args, { show: 'inherit' })).code === 0 })
const fromDebian = { name: 'packages from Debian', run: async () => ({ ok: await installFromDebian() }) }

await preflight()

process.exitCode = await runSteps([
  { name: 'install', run: async () => ({ ok: await install() }), needed: true },
  ...(mayInstall() ? [fromDebian] : []),
  { name: 'types', run: command('npm', 'run', '--silent', 'typecheck') },
  { name: 'lint', run: command('npm', 'run', '--silent', 'lint') },
  { name: 'generated code is up to date', run: command('npm', 'run', '--silent', 'generate:check', '--workspaces', '--if-present') },
  { name: 'nothing unused', run: command('npm', 'run', '--silent', 'lint:unused') },
  { name: 'build', run: command('npm', 'run', '--silent', 'build') },
  { name: 'reports of what packages promise', run: command('npm', 'run', '--silent', 'api:check') },
  { name: 'reference', run: command('npm', 'run', '--silent', 'reference') },
  { name: 'unit tests', run: () => runProject('unit') },
  { name: 'unit tests on Node 22', run: () => runUnitOn(22) },
  { name: 'unit tests on Node 24', run: () => runUnitOn(24) },
  { name: 'thorough tests', run: () => runProject('thorough') },
  { name: 'simulation', run: () => runProject('simulation') },
  { name: 'docs', run: () => runProject('docs') },
  { name: 'acceptance tests', run: () => runProject('acceptance', { timeoutMs: 1_200_000 }) },
])
