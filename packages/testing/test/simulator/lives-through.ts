import { expect, it } from 'vitest'
import { simulate } from '@piccolo/testing'

/** Registers a test for each seed from the first to the last: a cluster of so many nodes lives through ten minutes of faults. */
export function livesThrough(first: number, last: number, nodes: number): void {
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => ({ seed: first + index, nodes }))
  it.each(seeds)('whatever rages, nothing acknowledged is lost, nothing runs twice, and once all is mended everything settles: npm run simulate -- --seed $seed --nodes $nodes', async (options) => {
    const { violation, counts } = await simulate(options)
    expect(violation).toBeUndefined()
    expect(counts.faults).toBeGreaterThan(0)
    expect(counts.requests).toBeGreaterThan(0)
  })
}
