import { describe, expect, it } from 'vitest'
import { TrustedTime } from '../../src/link/index.js'
import type { Clock } from '../../src/spi/index.js'
import { releasedAtMs } from '../../src/version.js'

const dayMs = 86_400_000
const known = Date.UTC(2026, 5, 1)

function board({ wallMs, stored }: { readonly wallMs: number; readonly stored?: number }) {
  const now = { wall: wallMs, monotonic: 0 }
  const clock: Clock = { wallMs: () => now.wall, monotonicMs: () => now.monotonic, bootMs: () => now.monotonic, schedule: () => () => undefined }
  const saved: number[] = []
  const time = new TrustedTime(clock, { stored, storage: { save: (ms) => { saved.push(ms); return Promise.resolve() } } })
  const pass = (ms: number): void => {
    now.wall += ms
    now.monotonic += ms
  }
  return { time, saved, pass, now }
}

describe("I7: an agent's time", () => {
  it('is a bound until a master has spoken: what one told last, and never the wall clock, which may say anything', () => {
    for (const wallMs of [0, known, known + 3_653 * dayMs]) {
      const { time, pass } = board({ wallMs, stored: known })
      pass(1_000)
      expect(time.earliestMs()).toBe(known + 1_000)
    }
    expect(board({ wallMs: 0 }).time.earliestMs()).toBe(releasedAtMs)
  })

  it('is shown as the wall clock has it until then, unless that is behind what has passed', () => {
    expect(board({ wallMs: known + dayMs, stored: known }).time.nowMs()).toBe(known + dayMs)
    expect(board({ wallMs: 0, stored: known }).time.nowMs()).toBe(known)
  })

  it("is the master's from its first word on, up or down, and does not heed the wall clock", async () => {
    const { time, pass, now } = board({ wallMs: known + 3_653 * dayMs, stored: known })
    await time.learn(known + dayMs)
    pass(500)
    now.wall = 0
    expect(time.nowMs()).toBe(known + dayMs + 500)
    await time.learn(known - dayMs)
    expect(time.earliestMs()).toBe(known - dayMs)
    expect(time.wallAheadMs()).toBe(-(known - dayMs))
  })

  it('is kept at the first word, once a day, and at an orderly end: flash is spared', async () => {
    const { time, saved, pass } = board({ wallMs: known })
    for (let hour = 0; hour < 49; hour += 1) {
      await time.learn(known + hour * 3_600_000)
      pass(3_600_000)
    }
    expect(saved).toEqual([known, known + dayMs, known + 2 * dayMs])
    await time.keep()
    expect(saved.at(-1)).toBe(known + 49 * 3_600_000)
  })

  it('is not kept by an agent that no master has told anything', async () => {
    const { time, saved } = board({ wallMs: known })
    await time.keep()
    expect(saved).toEqual([])
  })
})
