/** `npm run test:soak`: what takes too long for every change. */
import { installFromDebian, mayInstall } from './debian.mjs'
import { bundle } from './bundle.mjs'
import { install } from './install.mjs'
import { preflight } from './preflight.mjs'
import { runSteps } from './steps.mjs'
import { runProject } from './vitest-step.mjs'

await preflight()

process.exitCode = await runSteps([
  { name: 'install', run: async () => ({ ok: await install() }), needed: true },
  ...(mayInstall() ? [{ name: 'packages from Debian', run: async () => ({ ok: await installFromDebian() }) }] : []),
  { name: 'bundle', run: async () => ({ ok: await bundle() }), needed: true },
  { name: 'soak tests', run: () => runProject('soak', { timeoutMs: 2_400_000 }) },
])
