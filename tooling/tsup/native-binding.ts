import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** The native half of LevelDB stays where it was installed, for the machine it is on; the rest of its package goes into the bundle. */
export const nativeBinding: Plugin = {
  name: 'native-binding',
  setup(build) {
    build.onResolve({ filter: /^\.\/binding$/ }, ({ importer }) => (
      /[\\/]classic-level[\\/][^\\/]+$/.test(importer) ? { path: 'classic-level/binding.js', external: true } : undefined
    ))
  },
}
