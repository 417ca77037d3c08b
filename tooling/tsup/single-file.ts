import { fileURLToPath } from 'node:url'
import { defineConfig, type Options } from 'tsup'
import { notices } from './notices.js'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

const leanParts: readonly (readonly [RegExp, string])[] = [
  [/^@grpc\/grpc-js$/, './grpc-client.cjs'],
  // Asked for by gRPC's diagnostics alone, which are off.
  [/^@grpc\/proto-loader$/, './no-proto-loader.cjs'],
]

const lean: Plugin = {
  name: 'lean',
  setup(build) {
    for (const [filter, replacement] of leanParts) build.onResolve({ filter }, () => ({ path: fileURLToPath(new URL(replacement, import.meta.url)) }))
  },
}

/**
 * A program as one file that needs nothing beside it but Node: every dependency inside, minified, with a text of their licences.
 * CommonJS, because that starts sooner and in less memory. It is added to what the package's own bundle has put into `dist`.
 */
export function singleFile(name: string, entry: string) {
  return defineConfig({
    entry: { [name]: entry },
    format: ['cjs'],
    outExtension: () => ({ js: '.cjs' }),
    target: 'node20',
    platform: 'node',
    noExternal: [/./],
    splitting: false,
    minify: true,
    sourcemap: true,
    clean: false,
    dts: false,
    esbuildPlugins: [lean, notices(`dist/${name}.licenses.txt`)],
  })
}
