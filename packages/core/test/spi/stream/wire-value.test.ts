import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeWireValue, encodeWireValue } from '../../../src/spi/stream/wire-value.js'

/** What messages are made of, and keys that a codec could trip over. */
const key = fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'constructor', 'toString', '7'))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.boolean(), fc.double(), fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), fc.uint8Array(), fc.constantFrom(null, undefined, -0)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

/** Bytes as a message has them: a length, JSON, what is attached. */
function forged(json: string, attached = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(json)
  const bytes = new Uint8Array(4 + text.length + attached.length)
  new DataView(bytes.buffer).setUint32(0, text.length)
  bytes.set(text, 4)
  bytes.set(attached, 4 + text.length)
  return bytes
}

describe('a value on its way', () => {
  test('arrives as it was sent: bytes, bigint, undefined and numbers that are not finite among it', () => {
    fc.assert(fc.property(value, (sent) => isDeepStrictEqual(decodeWireValue(encodeWireValue(sent)), sent)), { numRuns: 1_000 })
  })

  test('arrives the same when it lies in the middle of other bytes, and shares nothing with them', () => {
    const encoded = encodeWireValue({ bytes: new Uint8Array([1, 2, 3]) })
    const around = new Uint8Array(encoded.length + 20).fill(255)
    around.set(encoded, 10)
    const arrived = decodeWireValue(around.subarray(10, 10 + encoded.length))
    around.fill(0)
    expect(arrived).toEqual({ bytes: new Uint8Array([1, 2, 3]) })
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['a length without JSON', new Uint8Array([0, 0, 0, 9, 123])],
    ['no JSON', forged('{')],
    ['text that is no UTF-8', new Uint8Array([0, 0, 0, 3, 34, 255, 34])],
    ['a mark of no kind', forged('{"$":["regexp",".*"]}')],
    ['a mark that is no list', forged('{"$":7}')],
    ['a number of megabytes', forged(`{"$":["bigint","${'9'.repeat(100_000)}"]}`)],
    ['bytes that are not attached', forged('{"$":["bytes",0,4]}', new Uint8Array(3))],
    ['bytes before the first', forged('{"$":["bytes",-1,1]}', new Uint8Array(3))],
    ['the same bytes twice', forged('[{"$":["bytes",0,2]},{"$":["bytes",0,2]}]', new Uint8Array(3))],
    ['lists in lists, deeper than a stack', forged('['.repeat(200_000) + ']'.repeat(200_000))],
  ])('%s is refused as invalid-argument', (_, bytes) => {
    expect(() => decodeWireValue(bytes)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  test('whatever comes is a value or refused as invalid-argument, and changes no prototype', () => {
    const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.tuple(fc.json(), fc.uint8Array()).map(([json, attached]) => forged(json, attached)))
    fc.assert(fc.property(anything, (bytes) => {
      try {
        decodeWireValue(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-argument' })
      }
    }))
    const arrived = decodeWireValue(forged('{"__proto__":{"admin":true}}'))
    expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype)
    expect(arrived).not.toHaveProperty('admin')
  })
})
