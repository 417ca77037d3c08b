import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

type Entries = Record<string, string>

/** One bundle configuration for every package: ESM, Node 20, dependencies external. Types only when PICCOLO_TYPES is set: they take ten times as long. */
export function packageBundle(entry: Entries, extra: Options = {}) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: Record<string, string> }
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    clean: true,
    dts: process.env['PICCOLO_TYPES'] === '1' ? { compilerOptions: { baseUrl: undefined, paths: {} } } : false,
    external: Object.keys(manifest.dependencies ?? {}),
    ...extra,
  })
}
