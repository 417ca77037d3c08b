import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dice } from '../../src/random/dice.js'

const range = fc.tuple(fc.nat(1_000), fc.nat(100_000)).map(([least, more]) => [least, least + more] as const)

test('what is drawn lies between the two, both included', () => {
  fc.assert(fc.property(fc.nat(), range, (seed, [least, most]) => {
    const drawn = dice(seed)
    for (const value of [drawn.between(least, most), drawn.spread(least, most)]) {
      expect(Number.isInteger(value)).toBe(true)
      expect(value).toBeGreaterThanOrEqual(least)
      expect(value).toBeLessThanOrEqual(most)
    }
  }))
})

test('spread draws the small as often as the large, whatever their size', () => {
  const { spread } = dice(1)
  const small = Array.from({ length: 10_000 }, () => spread(0, 1_023)).filter((value) => value < 31).length
  expect(small).toBeGreaterThan(4_700)
  expect(small).toBeLessThan(5_300)
})

test('gaps are as long on average as was asked, and none is endless', () => {
  const { gap } = dice(1)
  const gaps = Array.from({ length: 10_000 }, () => gap(1_000))
  expect(gaps.reduce((sum, one) => sum + one, 0) / gaps.length).toBeCloseTo(1_000, -2)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000)
})

test('a fork of one name is always the same, and what is decided with it changes nothing for others', () => {
  const [one, other] = [dice(7), dice(7)]
  const forked = one.fork('link')
  for (let times = 0; times < 10; times += 1) forked.next()
  expect(one.next()).toBe(other.next())
  expect(dice(7).fork('link').next()).toBe(dice(7).fork('link').next())
  expect(dice(7).fork('link').next()).not.toBe(dice(7).fork('disk').next())
})

test('of nothing nothing is picked', () => {
  expect(dice(1).pick<string>([])).toBeUndefined()
})
