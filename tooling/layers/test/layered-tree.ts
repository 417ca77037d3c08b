import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

/** Path → imports of that file, each written as it would be in the source. */
export type Tree = Readonly<Record<string, readonly string[]>>

export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

/** Writes a small house in the shape of ours and lets the real configuration judge it, as `npm run lint` does. */
export async function judge(tree: Tree, config: string): Promise<Violation[]> {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-layers-'))
  try {
    for (const [path, imports] of Object.entries(tree)) await write(join(directory, path), [...imports, 'export {}'].join('\n'))
    for (const [path, text] of Object.entries(scaffold(tree))) await write(join(directory, path), text)
    const command = [cruiser, 'packages', '--config', join(root, 'tooling/layers', config), '--output-type', 'json']
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: directory, timeout: 60_000, maxBuffer: 2 ** 26 })
    return violationsOf(JSON.parse(stdout))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Manifests that declare what each package may use, libraries to import, and the paths by which source finds source. */
function scaffold(tree: Tree): Record<string, string> {
  const libraries = ['zod', 'yaml', 'eventemitter3', 'classic-level']
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'house', private: true }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        baseUrl: '.',
        paths: { '@piccolo/core/*': ['./packages/core/src/*/index.ts'], '@piccolo/*': ['./packages/*/src/index.ts'] },
      },
    }),
  }
  for (const library of libraries) {
    files[`node_modules/${library}/package.json`] = JSON.stringify({ name: library, version: '1.0.0', main: 'index.js' })
    files[`node_modules/${library}/index.js`] = ''
  }
  for (const name of new Set(Object.keys(tree).map((path) => path.split('/')[1] ?? ''))) {
    // One package that forgot to say what it runs on.
    const dependencies = name === 'store-bare' ? {} : Object.fromEntries(libraries.map((library) => [library, '1.0.0']))
    files[`packages/${name}/package.json`] = JSON.stringify({ name: `@piccolo/${name}`, type: 'module', dependencies })
  }
  return files
}

function violationsOf(report: unknown): Violation[] {
  // The cruiser's own report; its shape is part of its public interface.
  const { summary } = report as { summary: { violations: { rule: { name: string }; from: string; to: string }[] } }
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
}
