import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

type Entries = Record<string, string>

/** One bundle configuration for every package: ESM, Node 20, dependencies external. Declarations come from `tooling/typescript/emit-types.mjs`. */
export function packageBundle(entry: Entries, extra: Options = {}) {
  // Read at an edge: npm has checked the manifest's shape before a build can run.
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: Record<string, string> }
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    // `node:test` has no other name.
    removeNodeProtocol: false,
    clean: true,
    dts: false,
    external: Object.keys(manifest.dependencies ?? {}),
    ...extra,
  })
}
