/** `npm run bench -- NAME [--json]`, `npm run bench -- --list`: starts what was built, or says what to build. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = ['./dist/index.js', '../packages/cli/dist/piccolo.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

if (built.every((path) => existsSync(path))) {
  const { main } = await import(built[0])
  process.exitCode = await main(process.argv.slice(2))
} else {
  console.error('Nothing is built yet: run `npm ci && npm run bundle` first.')
  process.exitCode = 2
}
