/** `npm run pack`: every public package as its users will get it, into `node_modules/.cache/piccolo-tarballs`. Packs what `npm run build` made. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { isMain, root } from '../start/house.mjs'
import { publicPackages } from '../start/packages.mjs'
import { run } from '../start/run.mjs'

export const tarballs = join(root, 'node_modules/.cache/piccolo-tarballs')

/** Packs anew; answers `{ name, path, files }` of each package, in order. Throws when something was not built. */
export async function packAll(directory = tarballs) {
  const packages = publicPackages()
  const missing = packages.flatMap(({ entries }) => entries.map(({ types }) => types)).find((path) => !existsSync(path))
  if (missing !== undefined) throw new Error(`${relative(root, missing)} is missing: npm run build`)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const which = packages.flatMap(({ name }) => ['--workspace', name])
  const { code, output } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', directory, ...which])
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`)
  const packed = JSON.parse(output)
  // npm 10 answers with a list, npm 11 with an object of names.
  return Object.values(packed).map(({ name, filename, files }) => ({ name, path: join(directory, filename), files: files.map(({ path }) => path) }))
}

if (isMain(import.meta.url)) for (const { path } of await packAll()) console.log(path)
