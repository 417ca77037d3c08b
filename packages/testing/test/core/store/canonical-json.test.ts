import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { canonicalJson, parseCanonicalJson } from '@piccolo/core/store'

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(), fc.boolean(), fc.constant(null), fc.bigInt(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$$bigint', '__proto__', 'constructor')), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

describe('canonicalJson', () => {
  test('what it writes is read back as it was, bigints and objects that look like their mark included', () => {
    fc.assert(fc.property(values, (value) => {
      expect(parseCanonicalJson(canonicalJson(value))).toEqual(value)
    }))
  })

  test('equal values have equal texts, in whatever order their members were set', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), values, { noNullPrototype: true }), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      expect(canonicalJson(reversed)).toBe(canonicalJson(value))
    }))
  })

  test('members stand in code-unit order without white space, absent ones are left out', () => {
    expect(canonicalJson({ b: [1, { d: 2n, c: undefined }], a: 'é', B: null })).toBe('{"B":null,"a":"é","b":[1,{"d":{"$bigint":"2"}}]}')
  })

  test.each([['NaN', Number.NaN], ['a date', new Date(0)], ['bytes', new Uint8Array(1)], ['a function', () => 1], ['undefined', undefined], ['undefined in a list', [undefined]]])(
    'refuses %s instead of changing it', (_name, value) => {
      expect(() => canonicalJson({ value: [value] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    })

  test('refuses a value that contains itself', () => {
    const loop: { self?: unknown } = {}
    loop.self = [loop]
    expect(() => canonicalJson(loop)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  test('a mark that does not hold a number stays as it is', () => {
    expect(parseCanonicalJson('{"$bigint":"12x"}')).toEqual({ $bigint: '12x' })
    expect(parseCanonicalJson('[{"$bigint":"-7"}]')).toEqual([-7n])
  })
})
