import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { defineConfig, type Options } from 'tsup'
import { lean } from './lean.js'
import { nativeBinding } from './native-binding.js'
import { notices } from './notices.js'

type Plugin = NonNullable<Options['plugins']>[number]

/**
 * A program as a few CommonJS modules that bring their dependencies along, but for packages that have to stay apart; what is imported when it is
 * needed is a module of its own. Finding and reading hundreds of files took longer than all else at a start, and ES modules longer than these.
 */
export function fewModules(name: string, entry: string, apart: readonly string[]) {
  return defineConfig({
    entry: { [name]: entry },
    // Only ES modules can be split.
    format: ['esm'],
    outExtension: () => ({ js: '.cjs' }),
    target: 'node20',
    platform: 'node',
    external: [...apart],
    noExternal: [new RegExp(`^(?!(${apart.join('|')})(/|$))`)],
    splitting: true,
    esbuildOptions(options) {
      options.chunkNames = `${name}-[hash]`
      options.define = { ...options.define, 'import.meta.url': 'moduleUrl' }
      options.inject = [...(options.inject ?? []), fileURLToPath(new URL('module-url.ts', import.meta.url))]
    },
    minify: true,
    sourcemap: true,
    clean: false,
    dts: false,
    plugins: [commonJs(name)],
    esbuildPlugins: [lean('./grpc-server.cjs'), nativeBinding, notices(`dist/${name}.licenses.txt`)],
  })
}

/** What stays apart may be ES modules and is still imported; our own modules are required. */
function commonJs(name: string): Plugin {
  const own = new RegExp(`\\bimport\\(("\\./${name}-[A-Z0-9]+\\.cjs")\\)`, 'g')
  return {
    name: 'common-js',
    async renderChunk(code) {
      const required = code.replace(own, 'Promise.resolve().then(()=>require($1))')
      return transform(required, { format: 'cjs', target: 'node20', platform: 'node', minify: true, sourcemap: 'external' })
    },
  }
}
