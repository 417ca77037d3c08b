import { describe, expect, it } from 'vitest'
import { simulate } from '@piccolo/testing'
import { plantedBugs } from './planted/index.js'

const small = { nodes: 3, ragingMs: 300_000 }

describe('the simulator', () => {
  it.each([1, 2, 3, 4, 5])('seed %i: whatever rages, nothing acknowledged is lost, and once all is mended everything settles', async (seed) => {
    const { violation, counts } = await simulate({ ...small, seed })
    expect(violation).toBeUndefined()
    expect(counts.faults).toBeGreaterThan(0)
    expect(counts.requests).toBeGreaterThan(0)
  }, 60_000)

  it('the same seed tells the same story, another one another', async () => {
    const [once, twice, other] = [await simulate({ ...small, seed: 7 }), await simulate({ ...small, seed: 7 }), await simulate({ ...small, seed: 8 })]
    expect(twice.traceHash).toBe(once.traceHash)
    expect(other.traceHash).not.toBe(once.traceHash)
  }, 60_000)

  it.each(plantedBugs)('finds out that $does', async ({ caughtBy, seed, parts }) => {
    const { violation } = await simulate({ ...small, seed, parts })
    expect(violation?.invariant).toBe(caughtBy)
  }, 60_000)
})
