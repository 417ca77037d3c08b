import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareKeys } from '@piccolo/core/spi'
import { Keyspace } from '../src/keyspace.js'

const keyspace = new Keyspace('piccolo/demo/')
const keys = fc.string({ unit: 'binary', maxLength: 20 })

describe('Keyspace', () => {
  test('leads there and back, and keeps the order of keys', () => {
    fc.assert(fc.property(keys, keys, (one, other) => {
      expect(keyspace.keyOf(keyspace.bytesOf(one))).toBe(one)
      expect(Math.sign(Buffer.compare(keyspace.bytesOf(one), keyspace.bytesOf(other)))).toBe(Math.sign(compareKeys(one, other)))
    }))
  })

  test('a range holds what begins with the prefix, from start to end, and nothing else', () => {
    fc.assert(fc.property(keys, keys, fc.option(keys), fc.option(keys), (prefix, key, start, end) => {
      for (const candidate of [key, prefix + key]) {
        const range = keyspace.rangeOf(prefix, { ...(start !== null && { start }), ...(end !== null && { end }) })
        const bytes = keyspace.bytesOf(candidate)
        const wanted = candidate.startsWith(prefix) && (start === null || compareKeys(candidate, start) >= 0) && (end === null || compareKeys(candidate, end) < 0)
        expect(Buffer.compare(bytes, range.key) >= 0 && Buffer.compare(bytes, range.range_end) < 0).toBe(wanted)
      }
    }))
  })

  test('the head is in the store, but none of its keys', () => {
    const { key, range_end } = keyspace.everything
    expect(Buffer.compare(keyspace.head, key) > 0 && Buffer.compare(keyspace.head, range_end) < 0).toBe(true)
    expect(keyspace.keyOf(keyspace.head)).toBeUndefined()
    expect(keyspace.keyOf(new Keyspace('piccolo/other/').bytesOf('a'))).toBeUndefined()
  })
})
