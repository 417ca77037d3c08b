import { setMaxListeners } from 'node:events'
import { onTestFinished } from 'vitest'
import type { AdapterContext, Mutation, Revision, StateStore, WatchBatch } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { etcdStore, type EtcdStoreOptions } from '@piccolo/store-etcd'
import { silentLogger } from '@piccolo/testing'

export const never = new AbortController().signal
setMaxListeners(0, never) // many calls at once listen to it

export const context: AdapterContext = { clock: systemClock, random: systemRandom, logger: silentLogger }

export function made(options: EtcdStoreOptions, changed: Partial<AdapterContext> = {}): StateStore {
  return etcdStore(options)({ ...context, ...changed })
}

/** Closed when the test is over. */
export async function opened(options: EtcdStoreOptions, changed: Partial<AdapterContext> = {}): Promise<StateStore> {
  const store = made(options, changed)
  await store.open(never)
  onTestFinished(() => store.close())
  return store
}

export function put(key: string, value: string | Uint8Array = 'x'): Mutation {
  return { type: 'put', key, value: typeof value === 'string' ? new TextEncoder().encode(value) : value }
}

export async function write(store: StateStore, ...mutations: readonly Mutation[]): Promise<Revision> {
  const { committed, revision } = await store.commit({ preconditions: [], mutations }, never)
  if (!committed) throw new Error('A commit without preconditions was lost.')
  return revision
}

/** So many commits, many at once; their revisions, in order. */
export async function writeMany(store: StateStore, prefix: string, count: number, value: string | Uint8Array = 'x'): Promise<readonly Revision[]> {
  const revisions: Revision[] = []
  const width = 200
  for (let first = 0; first < count; first += width) {
    revisions.push(...(await Promise.all(Array.from({ length: Math.min(width, count - first) }, (_, index) => write(store, put(`${prefix}${first + index}`, value))))))
  }
  return revisions.sort((one, other) => (one < other ? -1 : 1))
}

/** The revision before which nothing of a test has happened. */
export async function now(store: StateStore): Promise<Revision> {
  return (await store.list('', { limit: 1 }, never)).revision
}

/** The first batch of a watch for which `wanted` holds; the watch is ended. */
export async function firstBatch(batches: AsyncIterable<WatchBatch>, wanted: (batch: WatchBatch) => boolean): Promise<WatchBatch> {
  for await (const batch of batches) if (wanted(batch)) return batch
  throw new Error('The watch ended.')
}

/** How long something took, and what it came to. */
export async function timed(run: () => Promise<unknown>): Promise<{ readonly tookMs: number; readonly outcome: unknown }> {
  const startedMs = performance.now()
  const outcome = await run().catch((error: unknown) => error)
  return { tookMs: performance.now() - startedMs, outcome }
}
