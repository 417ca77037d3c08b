/** `npm run demo`: from a fresh clone to a running cluster. Everything said on the way goes to stderr: stdout is the demo's. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { environment, root } from './house.mjs'
import { install } from './install.mjs'
import { preflight } from './preflight.mjs'

await preflight()
if (!(await install()) || !(await bundle())) process.exit(1)

const demo = spawn(process.execPath, [join(root, 'packages/cli/dist/piccolo.js'), 'demo', ...process.argv.slice(2)], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
})

const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
// The demo cleans up after itself, so it decides when to end. A terminal sends Ctrl-C to the whole group: it has it already.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !atTerminal) demo.kill(signal)
  })
}
demo.on('error', (error) => {
  console.error(`✘ The demo did not start: ${error.message}`)
  process.exit(1)
})
demo.on('exit', (code, signal) => {
  process.exit(code ?? (signal === 'SIGINT' ? 130 : 143))
})
