import { defineConfig } from 'vitest/config'
import { sourceAliases } from './tooling/vitest/aliases.js'

const project = (name: string, include: string[], options: object = {}) => ({
  resolve: { alias: sourceAliases },
  test: { name, include, environment: 'node' as const, ...options },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', ['packages/*/test/**/*.test.ts', 'tooling/*/test/**/*.test.ts', 'docs/test/**/*.test.ts']),
      // Real engines, real processes: one file at a time, so that their timing bounds mean something.
      project('acceptance', ['packages/*/test/**/*.acceptance.ts'], { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 }),
      project('soak', ['packages/*/test/**/*.soak.ts'], { fileParallelism: false, testTimeout: 1_800_000, hookTimeout: 120_000 }),
    ],
  },
})
