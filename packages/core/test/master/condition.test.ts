import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds, signalOf } from '../../src/master/condition.js'
import type { Condition } from '../../src/model/index.js'

const condition = (express: Condition['express'], value: string, name = 'field'): Condition => ({ express, value, operands: { type: 'DDS', name, value: 'topic' } })

describe('a condition', () => {
  it('is about a field of a topic, or about a topic that is a value itself', () => {
    expect(signalOf(condition('eq', '1'))).toBe('topic#field')
    expect(signalOf(condition('eq', '1', ''))).toBe('topic')
  })

  it.each([
    ['eq', 'true', true, true], ['eq', 'true', false, false], ['eq', 'true', 'true', true], ['eq', '1', true, false],
    ['eq', '1.0', 1, true], ['eq', '1.0', '1', false], ['eq', '1.10', '1.1', false], ['eq', 'sport', 'sport', true], ['eq', 'sport', 'Sport', false], ['eq', '', '', true], ['eq', '0', '', false],
    ['lt', '5', '4.9', true], ['lt', '5', 'four', false], ['ge', '0', false, false], ['gt', '5', 5, false], ['ge', '5', 5, true], ['le', '-1e3', -1000, true],
  ] as const)('%s %j of %j: %s', (express, expected, actual, result) => {
    expect(holds(condition(express, expected), actual)).toBe(result)
  })

  it('compares numbers as numbers; as text too, where order is asked for', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), (actual, limit, asText) => {
      const value = asText ? String(actual) : actual
      const all = Object.fromEntries((['eq', 'lt', 'le', 'ge', 'gt'] as const).map((express) => [express, holds(condition(express, String(limit)), value)]))
      expect(all).toEqual({ eq: asText ? value === String(limit) : actual === limit, lt: actual < limit, le: actual <= limit, ge: actual >= limit, gt: actual > limit })
    }))
  })

  it('never holds of a signal of which nothing is known', () => {
    fc.assert(fc.property(fc.constantFrom('eq' as const, 'lt' as const, 'le' as const, 'ge' as const, 'gt' as const), fc.string(), (express, value) => {
      expect(holds(condition(express, value), undefined)).toBe(false)
    }))
  })
})
