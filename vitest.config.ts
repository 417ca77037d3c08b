import { defineConfig } from 'vitest/config'
import { sourceAliases } from './tooling/vitest/aliases.js'

const project = (name: string, include: string[], options: object = {}) => ({
  resolve: { alias: sourceAliases },
  test: { name, include, environment: 'node' as const, ...options },
})

/** Real engines, real processes: one file at a time, so that their timing bounds mean something. */
const oneByOne = { fileParallelism: false, hookTimeout: 120_000 }

/** A worker keeps its modules from file to file: there is no state in them, and loading them anew took most of the time. */
const together = { isolate: false }

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      project('unit', ['packages/*/test/**/*.test.ts', 'tooling/*/test/**/*.test.ts', 'bench/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'], { ...together, testTimeout: 20_000 }),
      project('thorough', ['packages/*/test/**/*.thorough.ts', 'tooling/*/test/**/*.thorough.ts'], { ...together, testTimeout: 120_000 }),
      project('simulation', ['packages/*/test/**/*.simulation.ts'], { ...together, testTimeout: 180_000 }),
      project('docs', ['docs/test/**/*.test.ts'], { testTimeout: 120_000 }),
      project('acceptance', ['packages/*/test/**/*.acceptance.ts', 'tooling/*/test/**/*.acceptance.ts', 'examples/*/test/**/*.acceptance.ts'], { ...oneByOne, testTimeout: 120_000 }),
      project('soak', ['packages/*/test/**/*.soak.ts'], { ...oneByOne, testTimeout: 1_800_000 }),
    ],
  },
})
