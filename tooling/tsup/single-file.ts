import { defineConfig } from 'tsup'
import { lean } from './lean.js'
import { notices } from './notices.js'

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
    esbuildPlugins: [lean('./grpc-client.cjs'), notices(`dist/${name}.licenses.txt`)],
  })
}
