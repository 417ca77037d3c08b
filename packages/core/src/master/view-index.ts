import type { Stored } from '../store/index.js'

/** A view's entries by what they have in common, kept as the view changes: who asks for some does not look at all. */
export interface ViewIndex<Value> {
  /** The entries under this key, by id; empty = none. */
  get(key: string): ReadonlyMap<string, Stored<Value>>
}

/** What an index is made over: a view, or what one is made of. */
export interface IndexedEntries<Value> {
  readonly entries: ReadonlyMap<string, Stored<Value>>
  subscribe(changed: (ids: ReadonlySet<string>) => void): unknown
}

/** An index that lives as long as its view. Subscribes first of all who need it, so that none of them finds it behind the view. */
export function viewIndex<Value>({ entries, subscribe }: IndexedEntries<Value>, keysOf: (stored: Stored<Value>) => readonly string[]): ViewIndex<Value> {
  const none = new Map<string, Stored<Value>>()
  const groups = new Map<string, Map<string, Stored<Value>>>()
  const keysOfId = new Map<string, readonly string[]>()

  const remove = (id: string): void => {
    for (const key of keysOfId.get(id) ?? []) {
      const group = groups.get(key)
      group?.delete(id)
      if (group?.size === 0) groups.delete(key)
    }
    keysOfId.delete(id)
  }
  const add = (id: string, stored: Stored<Value>): void => {
    const keys = keysOf(stored)
    keysOfId.set(id, keys)
    for (const key of keys) {
      const group = groups.get(key) ?? new Map<string, Stored<Value>>()
      groups.set(key, group.set(id, stored))
    }
  }
  const update = (ids: Iterable<string>): void => {
    for (const id of ids) {
      remove(id)
      const stored = entries.get(id)
      if (stored !== undefined) add(id, stored)
    }
  }
  subscribe(update)
  update(entries.keys())
  return { get: (key) => groups.get(key) ?? none }
}

/** `a/b/c` → `a`; an id without a slash is its own. */
export function firstPart(id: string): string {
  const slash = id.indexOf('/')
  return slash < 0 ? id : id.slice(0, slash)
}
