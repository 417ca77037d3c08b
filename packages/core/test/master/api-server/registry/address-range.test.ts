import { describe, expect, it } from 'vitest'
import { isRange, withinRange } from '../../../../src/master/api-server/registry/address-range.js'

describe('an address', () => {
  it.each([
    ['10.0.7.21', '10.0.7.21'],
    ['10.0.7.21', '10.0.7.0/24'],
    ['10.0.7.255', '10.0.6.0/23'],
    ['::ffff:10.0.7.21', '10.0.7.0/24'],
    ['192.0.2.1', '0.0.0.0/0'],
    ['fd00::7', 'fd00::/8'],
    ['fe80::1%eth0', 'fe80::/10'],
    ['2001:db8::1', '2001:DB8:0:0:0:0:0:1'],
    ['10.0.7.21', '10.0.7.21/32'],
  ])('%s lies in %s', (host, range) => {
    expect(withinRange(host, range)).toBe(true)
  })

  it.each([
    ['10.0.8.1', '10.0.7.0/24'],
    ['10.0.7.128', '10.0.7.0/25'],
    ['fc00::1', 'fd00::/8'],
    ['::1', '0.0.0.0/0'],
    ['board', '0.0.0.0/0'],
    ['10.0.7.1', 'board'],
    ['10.0.7.1', ''],
  ])('%s does not lie in %s', (host, range) => {
    expect(withinRange(host, range)).toBe(false)
  })

  it.each(['10.0.7.0/33', '10.0.7/24', 'fd00::/129', '10.0.7.0/24/1', '10.0.7.0/-1', '10.0.7.0/', 'x/8', ''])('"%s" is no range', (text) => {
    expect(isRange(text)).toBe(false)
  })
})
