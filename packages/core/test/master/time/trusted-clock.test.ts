import { beforeEach, describe, expect, it } from 'vitest'
import { trustedClock } from '../../../src/master/time/trusted-clock.js'
import type { Clock } from '../../../src/spi/index.js'
import { releasedAtMs } from '../../../src/version.js'

const dayMs = 86_400_000
const known = Date.UTC(2026, 5, 1)
let wall = 0
let monotonic = 0
let boot = 0
const clock: Clock = { wallMs: () => wall, monotonicMs: () => monotonic, bootMs: () => boot, schedule: () => () => undefined }
const pass = (ms: number): void => {
  wall += ms
  monotonic += ms
  boot += ms
}

beforeEach(() => {
  wall = known
  monotonic = 50
  boot = 7_000
})

describe("I7: a master's time", () => {
  it('is the wall clock at the start, carried on by the monotonic clock, wherever the wall clock jumps', () => {
    const time = trustedClock(clock, { atMs: known - dayMs, highestMs: known - dayMs })
    expect(time.doubt).toBeUndefined()
    pass(1_000)
    wall += 3_653 * dayMs
    expect(time.wallMs()).toBe(known + 1_000)
    expect(time.driftMs()).toBe(3_653 * dayMs)
    wall -= 7_306 * dayMs
    expect(time.wallMs()).toBe(known + 1_000)
  })

  it('is never before what has passed: a board that wakes up in 1970 goes on from where it was, or from the release', () => {
    wall = 0
    expect(trustedClock(clock, { atMs: known, highestMs: known })).toMatchObject({ doubt: 'behind' })
    expect(trustedClock(clock, { atMs: known, highestMs: known }).wallMs()).toBe(known)
    expect(trustedClock(clock, undefined).wallMs()).toBe(releasedAtMs)
  })

  it('does not believe a leap of more than half a year; one of less it can not tell from a time in a store', () => {
    wall = known + 179 * dayMs
    expect(trustedClock(clock, { atMs: known, highestMs: known }).doubt).toBeUndefined()
    wall = known + 181 * dayMs
    const time = trustedClock(clock, { atMs: known, highestMs: known })
    expect(time.doubt).toBe('ahead')
    expect(time.wallMs()).toBe(known)
  })

  it('follows the wall clock when somebody vouches for it, back as well; certificates are made out from the latest time told', () => {
    wall = known + 150 * dayMs
    const time = trustedClock(clock, { atMs: known, highestMs: known })
    expect(time.wallMs()).toBe(known + 150 * dayMs)
    wall = known
    time.follow()
    expect(time.wallMs()).toBe(known)
    expect(time.doubt).toBeUndefined()
    expect(time.record()).toEqual({ atMs: known, highestMs: known + 150 * dayMs })
    expect(trustedClock(clock, time.record()).record().highestMs).toBe(known + 150 * dayMs)
  })

  it('counts in how long the machine was suspended, for which the monotonic clock stands still', () => {
    const time = trustedClock(clock, undefined)
    pass(1_000)
    boot += 3_600_000
    wall += 3_600_000
    time.catchUp()
    expect(time.wallMs()).toBe(known + 3_601_000)
    time.catchUp()
    expect(time.wallMs()).toBe(known + 3_601_000)
  })
})
