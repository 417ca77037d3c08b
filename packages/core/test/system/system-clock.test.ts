import { expect, test } from 'vitest'
import { systemClock, systemDigest, systemRandom } from '@piccolo/core/system'

test('never calls before the time is over, to a fraction of a millisecond', async () => {
  for (let round = 0; round < 20; round += 1) {
    const from = systemClock.monotonicMs()
    await new Promise<void>((resolve) => systemClock.schedule(1.2, resolve))
    expect(systemClock.monotonicMs() - from).toBeGreaterThanOrEqual(1.2)
  }
})

test('calls on the next turn when there is nothing to wait for', async () => {
  const order: string[] = []
  const called = new Promise<void>((resolve) => systemClock.schedule(0, () => { order.push('scheduled'); resolve() }))
  order.push('after')
  await called
  expect(order).toEqual(['after', 'scheduled'])
})

test('does not call what was cancelled, nor what is due in a year at once', async () => {
  const called: string[] = []
  const cancels = [
    systemClock.schedule(0, () => called.push('next turn')),
    systemClock.schedule(1, () => called.push('soon')),
    systemClock.schedule(365 * 24 * 3_600_000, () => called.push('in a year')),
  ]
  cancels[0]?.()
  cancels[1]?.()
  await new Promise<void>((resolve) => systemClock.schedule(20, resolve))
  cancels[2]?.()
  expect(called).toEqual([])
})

test('counts from the boot of the machine', () => {
  expect(systemClock.bootMs()).toBeGreaterThan(0)
  expect(systemClock.wallMs() - systemClock.bootMs()).toBeGreaterThan(Date.UTC(2020))
})

test('draws numbers in [0, 1) and as many bytes as asked', () => {
  for (let round = 0; round < 100; round += 1) {
    const drawn = systemRandom.next()
    expect(drawn).toBeGreaterThanOrEqual(0)
    expect(drawn).toBeLessThan(1)
  }
  expect(systemRandom.bytes(32)).toHaveLength(32)
  expect(systemRandom.bytes(16)).not.toEqual(systemRandom.bytes(16))
})

test('digests text as its UTF-8 bytes', () => {
  const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(systemDigest.sha256('abc')).toBe(known)
  expect(systemDigest.sha256(new TextEncoder().encode('abc'))).toBe(known)
})
