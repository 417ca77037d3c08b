import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { registerSuite, stateStoreSuite } from '@piccolo/conformance'
import { embeddedStore } from '@piccolo/store-embedded'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { certified } from '../../../tooling/vitest/certified.js'

describe('embeddedStore', () => {
  certified(stateStoreSuite, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-store-'))
    const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
    return {
      subject: { create: () => embeddedStore({ directory })(context) },
      dispose: () => rm(directory, { recursive: true }),
    }
  }, { adapter: 'embeddedStore', page: new URL('../certificates/state-store.md', import.meta.url) })
})

describe('embeddedStore with a short history', () => {
  registerSuite({ ...stateStoreSuite, cases: stateStoreSuite.cases.filter(({ id }) => id === 'store/compacted-is-told') }, test, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-store-'))
    const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
    return {
      subject: {
        create: () => embeddedStore({ directory, history: { commits: 10 } })(context),
        compact: () => Promise.resolve(), // ten commits are all it keeps
      },
      dispose: () => rm(directory, { recursive: true }),
    }
  })
})
