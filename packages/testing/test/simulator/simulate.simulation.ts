import { describe, expect, it } from 'vitest'
import { simulate } from '@piccolo/testing'

const small = { nodes: 3, ragingMs: 300_000 }

describe('the simulator', () => {
  it.each([{ ...small, seed: 7 }, { ...small, seed: 8 }, { seed: 9 }])('the same seed tells the same story: %j', async (options) => {
    const [once, twice] = [await simulate(options), await simulate(options)]
    expect(twice).toEqual(once)
  })

  it('another seed tells another story', async () => {
    const [one, other] = [await simulate({ ...small, seed: 7 }), await simulate({ ...small, seed: 8 })]
    expect(other.traceHash).not.toBe(one.traceHash)
  })

  it('what only listens changes nothing', async () => {
    const lines: string[] = []
    const [silent, told] = [await simulate({ ...small, seed: 7 }), await simulate({ ...small, seed: 7, onLine: (line) => void lines.push(line) })]
    expect(told.traceHash).toBe(silent.traceHash)
    expect(lines).toHaveLength(told.counts.events)
  })
})
