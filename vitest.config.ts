import { defineConfig } from 'vitest/config'
import { sourceAliases } from './tooling/vitest/aliases.js'

const project = (name: string, include: string[], options: object = {}) => ({
  resolve: { alias: sourceAliases },
  test: { name, include, environment: 'node' as const, ...options },
})

/** Real engines, real processes: one file at a time, so that their timing bounds mean something. */
const oneByOne = { fileParallelism: false, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      project('unit', ['packages/*/test/**/*.test.ts', 'tooling/*/test/**/*.test.ts', 'bench/test/**/*.test.ts'], { testTimeout: 20_000 }),
      project('simulation', ['packages/*/test/**/*.simulation.ts'], { testTimeout: 60_000 }),
      project('docs', ['docs/test/**/*.test.ts'], { testTimeout: 120_000 }),
      project('acceptance', ['packages/*/test/**/*.acceptance.ts', 'tooling/*/test/**/*.acceptance.ts'], { ...oneByOne, testTimeout: 120_000 }),
      project('soak', ['packages/*/test/**/*.soak.ts'], { ...oneByOne, testTimeout: 1_800_000 }),
    ],
  },
})
