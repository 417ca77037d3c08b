/**
 * Writes each package's declarations beside its bundle. One program over all packages takes seconds where a bundler of
 * types takes minutes; imports of one package by another stay as they are written, so that a vendor's compiler resolves them.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const emitted = join(root, 'node_modules/.cache/piccolo-types')

rmSync(emitted, { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tooling/typescript/tsconfig.types.json')], { stdio: 'inherit', cwd: root })
if (status !== 0) process.exit(status ?? 1)

for (const name of readdirSync(emitted)) {
  const directory = join(root, 'packages', name)
  const dist = join(directory, 'dist')
  // What is no longer in the source must not be shipped.
  for (const path of existsSync(dist) ? readdirSync(dist, { recursive: true }) : []) if (path.endsWith('.d.ts')) rmSync(join(dist, path))
  cpSync(join(emitted, name, 'src'), dist, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  for (const { types } of Object.values(manifest.exports ?? {})) placeEntry(join(directory, types))
}

/** An entry that is a folder in the source is one file in the bundle: its declarations get the same name. */
function placeEntry(path) {
  if (existsSync(path)) return
  const folder = path.replace(/\.d\.ts$/, '')
  if (!existsSync(join(folder, 'index.d.ts'))) throw new Error(`${relative(root, path)} is exported, but no source emits it`)
  writeFileSync(path, `export * from './${relative(dirname(path), folder)}/index.js'\n`)
}
