import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { follow } from '@piccolo/core/store'
import { things, world } from './world.js'

/** One thing that happens while somebody follows the table. */
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), puts: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }), deletes: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const, 'compact' as const, 'elsewhere' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8_000 }) }) },
)

describe('follow', () => {
  test('F8: whatever is cut and compacted while commits come, no change goes missing and none is told twice', async () => {
    await fc.assert(fc.asyncProperty(fc.array(steps, { maxLength: 60 }), fc.boolean(), async (script, slow) => {
      const { store, backend, clock } = await world({ pageEntries: 2 })
      const told = new Map<string, bigint>()
      const toldRevisions: bigint[] = []
      let last = -1n
      let busy = false
      const end = new AbortController()
      const followed = follow(store, things, {
        signal: end.signal,
        async onChange({ view, changed, revision }) {
          expect(busy).toBe(false)
          busy = true
          expect(revision).toBeGreaterThan(last)
          last = revision
          toldRevisions.push(revision)
          for (const id of changed) {
            const entry = view.get(id)
            // Told twice = the same writing of an entry, or the same absence.
            expect(entry?.revision).not.toBe(told.get(id))
            if (entry === undefined) told.delete(id)
            else told.set(id, entry.revision)
          }
          expect(new Map([...view.values()].map((entry) => [entry.id, entry.revision]))).toEqual(told)
          if (slow) await new Promise<void>((resolve) => clock.schedule(300, resolve))
          busy = false
        },
      })
      const committed: bigint[] = []
      let count = 0
      for (const step of script) {
        if (step.kind === 'commit') {
          const deletes = step.deletes.filter((id) => !step.puts.includes(id))
          const mutations = [
            ...step.puts.map((id) => things.put(String(id), { name: String(count++) })),
            ...deletes.map((id) => things.delete(String(id))),
          ]
          // Other masters' commits reach the data while our way there is cut.
          const before = backend.revision
          if (mutations.length > 0) backend.commit({ preconditions: [], mutations })
          if (backend.revision > before) committed.push(backend.revision)
        }
        if (step.kind === 'elsewhere') backend.commit({ preconditions: [], mutations: [{ type: 'put', key: 'elsewhere', value: new Uint8Array() }] })
        if (step.kind === 'cut' || step.kind === 'heal') backend.unavailable = step.kind === 'cut'
        if (step.kind === 'compact') backend.compact()
        if (step.kind === 'wait') await clock.advance(step.ms)
      }
      backend.unavailable = false
      const caughtUp = followed.caughtUpTo(backend.revision)
      await clock.advance(60_000)
      await caughtUp
      const { entries } = await things.list(store)
      expect([...followed.view.values()].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(entries)
      expect(told).toEqual(new Map(entries.map(({ id, revision }) => [id, revision])))
      const [first = 0n, ...rest] = toldRevisions
      // With all of history there, each commit is told by itself.
      if (!script.some(({ kind }) => kind === 'compact')) expect(rest).toEqual(committed.filter((revision) => revision > first))
      end.abort()
      await followed.ended
      expect(clock.pending).toBe(0)
    }), { numRuns: 300 })
  })
})
