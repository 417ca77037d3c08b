import { fileURLToPath } from 'node:url'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Puts what a program uses of gRPC, a file beside this one, in place of all of it. */
export function lean(grpc: './grpc-client.cjs' | './grpc-server.cjs'): Plugin {
  const parts: readonly (readonly [RegExp, string])[] = [
    [/^@grpc\/grpc-js$/, grpc],
    // Asked for by gRPC's diagnostics alone, which are off.
    [/^@grpc\/proto-loader$/, './no-proto-loader.cjs'],
  ]
  return {
    name: 'lean',
    setup(build) {
      for (const [filter, replacement] of parts) build.onResolve({ filter }, () => ({ path: fileURLToPath(new URL(replacement, import.meta.url)) }))
    },
  }
}
