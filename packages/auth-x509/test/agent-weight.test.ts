import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test("the agent's half loads nothing but Node's own modules and the ports: memory is short there", async () => {
  const bare = new Set<string>()
  await collect(resolve(import.meta.dirname, '../src/agent/index.ts'), { bare, seen: new Set() })
  expect([...bare].sort()).toEqual(['@piccolo/core/spi', 'node:crypto', 'node:fs/promises', 'node:net', 'node:path'])
})

/** Follows the imports of a source file and collects those that lead out of the package. */
async function collect(file: string, found: { readonly bare: Set<string>; readonly seen: Set<string> }): Promise<void> {
  if (found.seen.has(file)) return
  found.seen.add(file)
  for (const [, specifier = ''] of (await readFile(file, 'utf8')).matchAll(/(?:from|import) '([^']+)'/g)) {
    if (specifier.startsWith('.')) await collect(join(dirname(file), specifier.replace(/\.js$/, '.ts')), found)
    else found.bare.add(specifier)
  }
}
