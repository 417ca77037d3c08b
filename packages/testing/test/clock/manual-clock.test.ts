import { manualClock } from '@piccolo/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('timers run when they are due, those due at once in the order in which they were set, cancelled ones never', async () => {
  const timers = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 50 }), cancelled: fc.boolean() }), { maxLength: 300 })
  await fc.assert(fc.asyncProperty(timers, async (set) => {
    const clock = manualClock()
    const ran: number[] = []
    const cancels = set.map(({ delayMs }, index) => clock.schedule(delayMs, () => {
      expect(clock.monotonicMs()).toBe(delayMs)
      ran.push(index)
    }))
    set.forEach(({ cancelled }, index) => cancelled && cancels[index]?.())
    const kept = set.map(({ delayMs, cancelled }, index) => ({ delayMs, cancelled, index })).filter(({ cancelled }) => !cancelled)
    expect(clock.pending).toBe(kept.length)
    await clock.advance(50)
    expect(ran).toEqual(kept.sort((a, b) => a.delayMs - b.delayMs || a.index - b.index).map(({ index }) => index))
    expect(clock.pending).toBe(0)
  }), { numRuns: 50 })
})

test('what a timer leads to happens before the next one runs', async () => {
  const clock = manualClock()
  const happened: string[] = []
  clock.schedule(1, () => void Promise.resolve().then(() => Promise.resolve()).then(() => happened.push('consequence')))
  clock.schedule(1, () => happened.push('next'))
  await clock.advance(1)
  expect(happened).toEqual(['consequence', 'next'])
})

test('a step runs one timer; without one that is due it moves the time and says so', async () => {
  const clock = manualClock()
  let runs = 0
  clock.schedule(5, () => (runs += 1))
  clock.schedule(5, () => (runs += 1))
  expect(await clock.step(10)).toBe(true)
  expect([runs, clock.monotonicMs()]).toEqual([1, 5])
  expect([await clock.step(10), await clock.step(10)]).toEqual([true, false])
  expect(clock.monotonicMs()).toBe(10)
})

test('a person who sets the wall clock moves no other', async () => {
  const clock = manualClock(1_000)
  clock.jumpWall(-500)
  await clock.advance(20)
  expect([clock.wallMs(), clock.monotonicMs(), clock.bootMs()]).toEqual([520, 20, 20])
})
