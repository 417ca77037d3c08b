import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { sourceAliases } from '../../vitest/aliases.js'

const certified = fileURLToPath(new URL('../../vitest/certified.ts', import.meta.url))

/** As the unit tests of a package run, for some that stand elsewhere. */
export default defineConfig({
  resolve: { alias: [...sourceAliases, { find: '../../../tooling/vitest/certified.js', replacement: certified }] },
  test: { include: ['*/test/**/*.test.ts'], testTimeout: 20_000 },
})
