import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root directory. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const aside = new Set(['node_modules', 'dist', 'fixtures', 'generated', '.git', '.turbo'])

/** Every file under these directories whose name ends so, relative to the root. */
export function filesUnder(directories: readonly string[], ending: string): string[] {
  return directories.flatMap((directory) => walk(join(root, directory))).filter((path) => path.endsWith(ending)).map((path) => relative(root, path)).sort()
}

export interface ManifestSummary {
  /** Of the package.json, relative to the root. */
  readonly path: string
  /** Of every kind: at run time, for development, optional, peer. */
  readonly dependencies: readonly string[]
}

const fields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

/** The manifest of the house and of every package in it. */
export function manifests(): ManifestSummary[] {
  const paths = ['package.json', ...filesUnder(['packages', 'tooling', 'examples', 'bench'], 'package.json')]
  return paths.map((path) => {
    // npm has checked the shape of what it installed from.
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Partial<Record<(typeof fields)[number], Record<string, string>>>
    return { path, dependencies: fields.flatMap((field) => Object.keys(manifest[field] ?? {})) }
  })
}

function walk(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (aside.has(entry.name)) return []
    const path = join(directory, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}
