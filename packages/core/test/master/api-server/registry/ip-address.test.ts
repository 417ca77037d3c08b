import { describe, expect, it } from 'vitest'
import { sameHost } from '../../../../src/master/api-server/registry/ip-address.js'

describe('two addresses', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['10.0.0.7', '::ffff:10.0.0.7'],
    ['10.0.0.7', '::FFFF:0a00:0007'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['not-an-address', 'not-an-address'],
  ])('%s and %s are the same', (a, b) => { expect(sameHost(a, b)).toBe(true) })

  it.each([
    ['10.0.0.7', '10.0.0.70'],
    ['10.0.0.7', '::10.0.0.7'],
    ['2001:db8::1', '2001:db8::1:0'],
    ['::1', '127.0.0.1'],
    ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8'],
    ['', '::'],
    ['10.0.0.7', '10.0.0'],
  ])('%s and %s are not', (a, b) => { expect(sameHost(a, b)).toBe(false) })
})
