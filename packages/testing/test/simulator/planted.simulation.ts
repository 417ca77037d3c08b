import { expect, it } from 'vitest'
import { simulate } from '@piccolo/testing'
import { plantedBugs } from './planted/index.js'

it.each(plantedBugs)('the simulator finds out that $does', async ({ caughtBy, seed, parts }) => {
  const { violation } = await simulate({ nodes: 3, ragingMs: 300_000, seed, parts })
  expect(violation?.invariant).toBe(caughtBy)
})
