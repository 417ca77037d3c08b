import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const packages = fileURLToPath(new URL('../../../packages', import.meta.url))
const names = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'package.json')))

interface Manifest {
  readonly exports?: Record<string, { readonly types: string; readonly default: string }>
}

const manifestOf = (name: string) => JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as Manifest

/** Every package that a built file imports, by itself or through the chunks beside it. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const packagesSeen = new Set<string>()
  if (seen.has(file)) return packagesSeen
  seen.add(file)
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
    if (specifier.startsWith('.')) for (const name of importsOf(join(dirname(file), specifier), seen)) packagesSeen.add(name)
    else packagesSeen.add(specifier)
  }
  return packagesSeen
}

describe('what npm run build leaves behind', () => {
  test.each(names)('%s: every entry its manifest exports is there, with types', (name) => {
    const entries = Object.values(manifestOf(name).exports ?? {}).flatMap((entry) => [entry.types, entry.default])
    expect(entries.filter((path) => !existsSync(join(packages, name, path)))).toEqual([])
  })

  test.each(['agent', 'spi'])("core's %s entry reaches neither a schema library nor a parser", (entry) => {
    const reached = [...importsOf(join(packages, 'core/dist', `${entry}.js`))]
    expect(reached.filter((specifier) => /^(zod|yaml)(\/|$)/.test(specifier))).toEqual([])
  })

  test('the command can be started as it is', () => {
    const command = join(packages, 'cli/dist/piccolo.js')
    expect(statSync(command).mode & 0o111).toBe(0o111)
    expect(execFileSync(command, ['--help'], { encoding: 'utf8', timeout: 20_000 })).toContain('piccolo')
  })
})
