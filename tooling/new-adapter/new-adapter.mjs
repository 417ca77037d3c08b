/** `npm run new-adapter -- --port transport --name my-link`: a package that compiles, with a conformance test that says what is left to write. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../start/house.mjs'
import { portNames, scaffold } from './scaffold.mjs'

const usage = `npm run new-adapter -- --port ${portNames.join('|')} --name my-link`

try {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '' }, name: { type: 'string', default: '' }, directory: { type: 'string' } } })
  const { folder, testPath, files } = scaffold(values)
  const directory = resolve(values.directory ?? join(root, 'packages', folder))
  if (existsSync(directory)) throw new Error(`${directory} is there already: choose another name, or remove it.`)
  for (const [path, text] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const place = relative(root, directory)
  console.log(`✔ ${place}: ${files.size} files\n`)
  console.log(`  npm install                                        # makes it known
  npx vitest run --project unit ${place}
  → each claim that fails says what is left to write; ${testPath} says how to reach it, docs/certify-an-adapter.md the rest.`)
} catch (error) {
  console.error(`✘ ${error.message}\n  → ${usage}`)
  process.exitCode = 2
}
