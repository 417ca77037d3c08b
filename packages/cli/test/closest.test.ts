import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest } from '../src/text/closest.js'

describe('closest', () => {
  it.each([['nodes', 'nodes'], ['node', 'nodes'], ['NODES', 'nodes'], ['workolads', 'workloads'], ['x', undefined], ['completely', undefined]])('%s → %s', (word, expected) => {
    expect(closest(word, ['nodes', 'workloads', 'packages'])).toBe(expected)
  })

  it('a word with one letter changed is still found', () => {
    fc.assert(fc.property(fc.constantFrom('nodes', 'workloads', 'scenarios'), fc.nat(4), fc.constantFrom('x', 'y'), (word, at, letter) => {
      expect(closest(word.slice(0, at) + letter + word.slice(at + 1), ['nodes', 'workloads', 'scenarios'])).toBe(word)
    }))
  })
})
