import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoTime } from '../src/text/iso-time.js'

const firstMs = Date.parse('0000-01-01T00:00:00Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

test('writes every time as Date itself would', () => {
  fc.assert(fc.property(fc.integer({ min: firstMs, max: lastMs }), (ms) => isoTime(ms) === new Date(ms).toISOString()), { numRuns: 5_000 })
})

test.each(['1970-01-01T00:00:00.000Z', '2000-02-29T23:59:59.999Z', '2100-02-28T00:00:00.000Z', '2100-03-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z'])('knows %s', (text) => {
  expect(isoTime(Date.parse(text))).toBe(text)
})
