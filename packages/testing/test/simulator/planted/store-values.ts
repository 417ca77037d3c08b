import type { Mutation, StateStore, StateStoreAdapter, StoreEntry } from '@piccolo/core/spi'

interface Tampered {
  /** What is kept in the place of a value. */
  readonly written?: (key: string, value: Uint8Array) => Uint8Array
  /** What is read in the place of a value. */
  readonly read?: (key: string, value: Uint8Array) => Uint8Array
}

const asItIs = (_: string, value: Uint8Array): Uint8Array => value

/** A store that tampers with values. */
export function tamperedStore(adapter: StateStoreAdapter, { written = asItIs, read = asItIs }: Tampered): StateStoreAdapter {
  const seen = (entry: StoreEntry): StoreEntry => ({ ...entry, value: read(entry.key, entry.value) })
  const kept = (mutation: Mutation): Mutation => (mutation.type === 'put' ? { ...mutation, value: written(mutation.key, mutation.value) } : mutation)
  return (context) => {
    const store = adapter(context)
    const port: StateStore = {
      capabilities: store.capabilities,
      open: (signal) => store.open(signal),
      close: () => store.close(),
      async get(key, signal) {
        const entry = await store.get(key, signal)
        return entry && seen(entry)
      },
      async list(prefix, options, signal) {
        const page = await store.list(prefix, options, signal)
        return { ...page, entries: page.entries.map(seen) }
      },
      commit: (request, signal) => store.commit({ ...request, mutations: request.mutations.map(kept) }, signal),
      async *watch(prefix, options, signal) {
        for await (const batch of store.watch(prefix, options, signal)) {
          yield { ...batch, changes: batch.changes.map((change) => (change.type === 'put' ? { ...change, entry: seen(change.entry) } : change)) }
        }
      },
    }
    return port
  }
}

/** A record of the master's with something changed in it. */
export function changedRecord(value: Uint8Array, change: (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): Uint8Array {
  const record = JSON.parse(new TextDecoder().decode(value)) as Readonly<Record<string, unknown>> // registrations are objects
  return new TextEncoder().encode(JSON.stringify(change(record)))
}
