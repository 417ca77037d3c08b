import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

/**
 * The packages that are published: `{ name, directory, manifest, entries }`, an entry as the manifest exports it, `{ path, name, source,
 * types }`: `./spi` is called `spi`, stands in `src/spi/index.ts`, and `.` is called `index`.
 */
export function publicPackages() {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const directory = join(root, 'packages', folder)
    if (!existsSync(join(directory, 'package.json'))) return []
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return manifest.private === true ? [] : [{ name: manifest.name, directory, manifest, entries: entriesOf(directory, manifest) }]
  })
}

function entriesOf(directory, { exports = {} }) {
  return Object.entries(exports).map(([path, { types }]) => ({
    path, name: path === '.' ? 'index' : path.slice(2), source: join(directory, 'src', path, 'index.ts'), types: join(directory, types),
  }))
}
