import type { Fault, Strike } from '../fault.js'
import { usualPace } from '../usual-pace.js'
import type { World } from '../world.js'

/** The store can't be reached. */
export const storeOutage: Fault = {
  name: 'store outage',
  lastsMs: [200, 60_000],
  aim: ({ backend }) => strike('is away', () => (backend.unavailable = true), () => (backend.unavailable = false)),
}

/** Commits are written, but whoever asked is told that the store can't be reached. */
export const lostReplies: Fault = {
  name: 'lost replies of the store',
  lastsMs: [200, 15_000],
  aim: ({ backend }) => strike('loses its replies', () => (backend.losesReplies = true), () => (backend.losesReplies = false)),
}

/** Somebody else keeps writing what commits depend on. */
export const storeConflicts: Fault = {
  name: 'conflicts in the store',
  lastsMs: [1_000, 40_000],
  aim({ backend }, dice) {
    const contention = dice.pick([0.1, 0.4, 0.8]) ?? 0.4
    return strike(`has conflicts in ${contention * 100} % of its commits`, () => (backend.contention = contention), () => (backend.contention = 0))
  },
}

/** The store takes its time, up to longer than its callers wait. */
export const slowStore: Fault = {
  name: 'slow store',
  lastsMs: [1_000, 40_000],
  aim(world: World, dice) {
    const { backend } = world
    const jitterMs = dice.pick([200, 2_000, 12_000]) ?? 2_000
    return strike(`takes up to ${jitterMs} ms`, () => (backend.jitterMs = jitterMs), () => usualPace.store(world))
  },
}

/** The store forgets its history: watches that were away are told so. */
export const compaction: Fault = {
  name: 'compaction of the store',
  lastsMs: [0, 0],
  aim: ({ backend }) => ({ ...strike('is compacted', () => backend.compact(), () => undefined), target: 'history' }),
}

/** Watches of the store break, and can't be set up again for a while; reads and commits go on. Now and then history is gone when they can. */
export const brokenStoreWatches: Fault = {
  name: 'broken watches of the store',
  lastsMs: [0, 10_000],
  aim({ backend }, dice) {
    const compacts = dice.chance(0.3)
    const end = (): void => {
      if (compacts) backend.compact()
      backend.watchesBroken = false
    }
    return { ...strike(`tells no news${compacts ? ', and is compacted meanwhile' : ''}`, () => (backend.watchesBroken = true), end), target: 'news' }
  },
}

function strike(what: string, begin: () => unknown, end: () => unknown): Strike {
  return { target: 'store', detail: `the store ${what}`, begin: () => void begin(), end: () => void end() }
}
