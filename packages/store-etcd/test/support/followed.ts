import { expect, onTestFinished } from 'vitest'
import { createStore, follow, table, type Following, type Store } from '@piccolo/core/store'
import { PiccoloError, type Revision, type StateStore } from '@piccolo/core/spi'
import { context } from './stores.js'

/** Entries whose value is a JSON string. */
export const things = table<string>({
  prefix: 'things/',
  parse: (json) => {
    if (typeof json !== 'string') throw new Error('expected a string')
    return json
  },
})

export interface Followed {
  readonly store: Store
  readonly following: Following<string>
  /** Codes of the errors that the watch was lost with. */
  readonly lostWith: readonly unknown[]
  /** Revisions at which something was told, in order. */
  readonly told: readonly Revision[]
}

/** Follows the table until the test is over, and sees to it that nothing is told twice, out of order, or not as it is. */
export function followed(port: StateStore): Followed {
  const lostWith: unknown[] = []
  const told: Revision[] = []
  const seen = new Map<string, Revision>()
  const store = createStore(noting(port, lostWith), { context })
  const end = new AbortController()
  const following = follow(store, things, {
    signal: end.signal,
    onChange({ view, changed, revision }) {
      expect(revision).toBeGreaterThan(told.at(-1) ?? -1n)
      told.push(revision)
      for (const id of changed) {
        const entry = view.get(id)
        expect(entry?.revision).not.toBe(seen.get(id)) // the same writing of an entry, or the same absence, twice
        if (entry === undefined) seen.delete(id)
        else seen.set(id, entry.revision)
      }
      expect(new Map([...view].map(([id, entry]) => [id, entry.revision]))).toEqual(seen)
    },
  })
  onTestFinished(async () => {
    end.abort()
    await following.ended
  })
  return { store, following, lostWith, told }
}

/** The same store, whose watches note what they ended with. */
function noting(port: StateStore, endedWith: unknown[]): StateStore {
  return {
    capabilities: port.capabilities,
    open: (signal) => port.open(signal),
    close: () => port.close(),
    get: (key, signal) => port.get(key, signal),
    list: (prefix, options, signal) => port.list(prefix, options, signal),
    commit: (request, signal) => port.commit(request, signal),
    async *watch(prefix, options, signal) {
      try {
        yield* port.watch(prefix, options, signal)
      } catch (error) {
        endedWith.push(PiccoloError.is(error) ? error.code : error)
        throw error
      }
    },
  }
}
