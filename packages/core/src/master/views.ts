import type { Cancel, Revision } from '../spi/index.js'
import { follow, type Following, type Store, type Stored, type Table } from '../store/index.js'
import { tables } from './tables.js'
import { firstPart, viewIndex } from './view-index.js'

/** A table kept in memory, rebuilt from the store at every start. */
export interface View<Value> {
  readonly entries: ReadonlyMap<string, Stored<Value>>
  /** The entries whose id is `part` or begins with `part/`: a node's, a kind's. */
  under(part: string): ReadonlyMap<string, Stored<Value>>
  /** The newest revision that touched it and was handled. */
  readonly revision: Revision
  /** Calls `changed` after each commit that touched the table, with the ids it touched. */
  subscribe(changed: (ids: ReadonlySet<string>) => void): Cancel
}

const viewed = {
  artifacts: tables.artifacts,
  nodes: tables.nodes,
  tokens: tables.tokens,
  facts: tables.facts,
  scenarios: tables.scenarios,
  deployments: tables.deployments,
  releases: tables.releases,
  assignments: tables.assignments,
  liveness: tables.liveness,
  states: tables.states,
} as const

type ValueOf<T> = T extends Table<infer Value> ? Value : never
export type Views = { readonly [Name in keyof typeof viewed]: View<ValueOf<(typeof viewed)[Name]>> } & {
  /** Resolves once every view has its first snapshot. */
  readonly ready: Promise<void>
  /** Resolves once the views that a commit of these keys touched show it. */
  caughtUpWith(keys: readonly string[], revision: Revision, signal: AbortSignal): Promise<void>
  /** Rejects when one of them can't go on; resolves when the signal ended them all. */
  readonly ended: Promise<void>
}

export function startViews(store: Store, signal: AbortSignal): Views {
  const followings: { readonly prefix: string; readonly following: Pick<Following<unknown>, 'caughtUpTo' | 'ended'> }[] = []
  const start = <Value>(table: Table<Value>): View<Value> => {
    const listeners = new Set<(ids: ReadonlySet<string>) => void>()
    const following = follow(store, table, {
      signal: AbortSignal.any([signal]), // one of its own: what waits on a signal listens to it, and a shared one would collect listeners
      onChange({ changed }) {
        for (const listener of [...listeners]) listener(changed)
      },
    })
    followings.push({ prefix: table.prefix, following })
    const subscribe = (changed: (ids: ReadonlySet<string>) => void): Cancel => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    }
    const byFirstPart = viewIndex({ entries: following.view, subscribe }, ({ id }) => [firstPart(id)])
    return {
      entries: following.view,
      under: (part) => byFirstPart.get(part),
      get revision() {
        return following.revision
      },
      subscribe,
    }
  }
  const views = Object.fromEntries(Object.entries(viewed).map(([name, table]) => [name, start(table as Table<unknown>)]))
  return {
    ...views,
    ready: Promise.all(followings.map(({ following }) => following.caughtUpTo(0n, signal))).then(() => undefined),
    async caughtUpWith(keys: readonly string[], revision: Revision, waitSignal: AbortSignal) {
      const touched = followings.filter(({ prefix }) => keys.some((key) => key.startsWith(prefix)))
      await Promise.all(touched.map(({ following }) => following.caughtUpTo(revision, waitSignal)))
    },
    ended: Promise.all(followings.map(({ following }) => following.ended)).then(() => undefined),
  } as unknown as Views // fromEntries forgets which name has which table
}
