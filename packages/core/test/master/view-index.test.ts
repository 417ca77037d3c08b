import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { viewIndex } from '../../src/master/view-index.js'
import type { Stored } from '../../src/store/index.js'

const stored = (id: string, value: readonly string[]): Stored<readonly string[]> => ({ id, key: id, value, revision: 1n, createRevision: 1n })

describe('an index of a view', () => {
  it('shows what a look at every entry would, whatever was written and deleted', () => {
    const keys = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 2 })
    const change = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), keys: fc.option(keys) })
    fc.assert(fc.property(fc.array(change, { maxLength: 5 }), fc.array(change, { maxLength: 30 }), (before, after) => {
      const entries = new Map<string, Stored<readonly string[]>>()
      const listeners: ((ids: ReadonlySet<string>) => void)[] = []
      const apply = (id: string, under: readonly string[] | null): void => {
        if (under === null) entries.delete(id)
        else entries.set(id, stored(id, under))
      }
      for (const { id, keys: under } of before) apply(id, under)
      const index = viewIndex({ entries, subscribe: (listener) => listeners.push(listener) }, ({ value }) => value)
      for (const { id, keys: under } of after) {
        apply(id, under)
        for (const listener of listeners) listener(new Set([id]))
        for (const key of ['x', 'y', 'z']) {
          expect([...index.get(key).keys()].sort()).toEqual([...entries.values()].filter(({ value }) => value.includes(key)).map((entry) => entry.id).sort())
        }
      }
    }))
  })
})
