/** `npm run bench -- NAME [--json]`, `npm run bench -- --list`: starts what was built, or says what to build. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bundles = ['./dist/index.js', '../packages/cli/dist/piccolo.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const built = await load()
if (built === undefined) {
  console.error('Nothing is built yet: run `npm ci && npm run bundle` first.')
  process.exitCode = 2
} else {
  process.exitCode = await built.main(process.argv.slice(2))
}

/** The built benches; undefined when they, or a package they stand on, are not there. */
async function load() {
  if (!bundles.every((path) => existsSync(path))) return undefined
  try {
    return await import(bundles[0])
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}
