import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashSecret, mintToken, parseToken, secretMatches } from '../../../../src/master/api-server/registry/join-token.js'
import type { Digest, Random } from '../../../../src/spi/index.js'

const digest: Digest = { sha256: (bytes) => createHash('sha256').update(bytes).digest('hex') }
const random: Random = { next: () => 0.5, bytes: (length) => randomBytes(length) }
const pin = 'ab'.repeat(32)

describe('a join token', () => {
  test('reads back as it was minted, white space around it ignored', () => {
    const { id, secret, text } = mintToken(random, pin)
    expect(parseToken(` ${text}\n`)).toEqual({ id, secret, pin })
  })

  test('has a secret of at least 128 bits, another one each time', () => {
    const secrets = new Set(Array.from({ length: 50 }, () => mintToken(random, pin).secret))
    expect(secrets.size).toBe(50)
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{32,}$/)
  })

  test('I1: cut off anywhere it is refused, with the remedy and without telling the secret', () => {
    const { secret, text } = mintToken(random, pin)
    for (let length = 0; length < text.length; length += 1) {
      let message = ''
      try {
        parseToken(text.slice(0, length))
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-argument' })
        message = String(error)
      }
      expect(message).toContain('piccolo token create')
      expect(message).not.toContain(secret.slice(0, 8))
    }
  })

  test.each([
    ['another format', 'pcu1.aabbccddeeff.00112233445566778899aabbccddeeff.' + pin, 'does not begin with "pcl1."'],
    ['a missing part', 'pcl1.aabbccddeeff.' + pin, 'truncated'],
    ['a fifth part', 'pcl1.aabbccddeeff.00112233445566778899aabbccddeeff.' + pin + '.x', 'more than four parts'],
    ['a short secret', 'pcl1.aabbccddeeff.0011.' + pin, 'secret is damaged'],
    ['a short pin', 'pcl1.aabbccddeeff.00112233445566778899aabbccddeeff.abcd', 'has 4 characters instead of 64'],
    ['a pin that is not hex', 'pcl1.aabbccddeeff.00112233445566778899aabbccddeeff.' + 'zz'.repeat(32), 'not lower-case hex'],
  ])('with %s is refused, saying so', (_, text, reason) => {
    expect(() => parseToken(text)).toThrow(reason)
  })

  test('is recognised by its hash, and only by its own', () => {
    const one = mintToken(random, pin)
    const other = mintToken(random, pin)
    const kept = hashSecret(digest, one)
    expect(kept).not.toContain(one.secret)
    expect(secretMatches(digest, one, kept)).toBe(true)
    expect(secretMatches(digest, other, kept)).toBe(false)
    expect(secretMatches(digest, { id: other.id, secret: one.secret }, kept)).toBe(false)
    expect(secretMatches(digest, one, '')).toBe(false)
  })
})
