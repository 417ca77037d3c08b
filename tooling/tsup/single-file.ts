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

/** What an ES module lacks of what CommonJS packages in it take as given. */
const commonJs = [
  "import { createRequire as piccoloRequire } from 'node:module'",
  "import { dirname as piccoloDirname } from 'node:path'",
  "import { fileURLToPath as piccoloPath } from 'node:url'",
  'const require = piccoloRequire(import.meta.url), __filename = piccoloPath(import.meta.url), __dirname = piccoloDirname(__filename)',
].join(';')

/**
 * A program as ES modules that bring their dependencies along, but for packages that have to stay apart; what is imported when it is needed is a
 * module of its own. Finding and reading hundreds of files took longer than all else at a start.
 */
export function fewModules(name: string, entry: string, apart: readonly string[]) {
  return defineConfig({
    entry: { [name]: entry },
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    platform: 'node',
    external: [...apart],
    noExternal: [new RegExp(`^(?!(${apart.join('|')})(/|$))`)],
    splitting: true,
    esbuildOptions(options) {
      options.chunkNames = `${name}-[hash]`
    },
    minify: true,
    sourcemap: true,
    clean: false,
    dts: false,
    banner: { js: commonJs },
    esbuildPlugins: [notices(`dist/${name}.licenses.txt`)],
  })
}
