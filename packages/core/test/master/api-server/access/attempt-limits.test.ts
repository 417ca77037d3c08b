import { beforeEach, describe, expect, it } from 'vitest'
import { attemptLimits, type AttemptLimits } from '../../../../src/master/api-server/access/attempt-limits.js'
import type { Clock } from '../../../../src/spi/index.js'

let nowMs = 0
const clock: Clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, bootMs: () => nowMs, schedule: () => () => undefined }
let limits: AttemptLimits

beforeEach(() => {
  nowMs = 1
  limits = attemptLimits(clock)
})

/** Fails until it is locked out; answers for how long. */
function lock(source: string): number {
  for (let failures = 1; ; failures += 1) {
    const lockMs = limits.failed(source)
    if (lockMs !== undefined) {
      expect(failures).toBe(20)
      return lockMs
    }
  }
}
const isOut = (source: string): boolean => {
  try {
    limits.refuseLockedOut(source)
    return false
  } catch (error) {
    expect(error).toMatchObject({ code: 'resource-exhausted', details: { retryAfterMs: expect.any(Number) as number } })
    return true
  }
}

describe('a source whose attempts fail', () => {
  it('is locked out for a minute after twenty within a minute, whatever port it calls from, and no other with it', () => {
    for (let port = 1; port < 20; port += 1) expect(limits.failed(`10.0.0.7:${String(port)}`)).toBeUndefined()
    expect(limits.failed('10.0.0.7:99')).toBe(60_000)
    expect(isOut('10.0.0.7:1')).toBe(true)
    expect(isOut('10.0.0.8:1')).toBe(false)
    nowMs += 60_001
    expect(isOut('10.0.0.7:1')).toBe(false)
  })

  it('is locked out twice as long each time, for an hour at most, and is as good as new after an hour of calm', () => {
    const locks: number[] = []
    for (let round = 0; round < 8; round += 1) {
      const lockMs = lock('[fd00::7]:1')
      locks.push(lockMs / 60_000)
      nowMs += Math.min(lockMs, 3_000_000) + 1
    }
    expect(locks).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    nowMs += 3_600_001
    expect(lock('[fd00::7]:2')).toBe(60_000)
  })

  it('that fails now and then is none to lock out', () => {
    for (let failure = 0; failure < 100; failure += 1) {
      expect(limits.failed('10.0.0.7:1')).toBeUndefined()
      nowMs += 61_000
    }
  })

  it('is forgotten when thousands of others fail: the memory is bounded', () => {
    lock('10.0.0.7:1')
    for (let source = 0; source < 4_096; source += 1) limits.failed(`10.1.${String(source >> 8)}.${String(source & 255)}:1`)
    expect(isOut('10.0.0.7:1')).toBe(false)
  })
})
