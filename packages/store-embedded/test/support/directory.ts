import { setMaxListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Mutation, Revision, StateStore } from '@piccolo/core/spi'
import { embeddedStore, type EmbeddedStoreOptions } from '@piccolo/store-embedded'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'

export const never = new AbortController().signal
setMaxListeners(0, never) // many calls at once listen to it

/** A folder that is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-store-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export function made(options: EmbeddedStoreOptions): StateStore {
  return embeddedStore(options)({ clock: manualClock(), random: seededRandom(1), logger: silentLogger })
}

export async function opened(options: EmbeddedStoreOptions): Promise<StateStore> {
  const store = made(options)
  await store.open(never)
  onTestFinished(() => store.close())
  return store
}

export function put(key: string, value: string | Uint8Array = 'x'): Mutation {
  return { type: 'put', key, value: typeof value === 'string' ? new TextEncoder().encode(value) : value }
}

export async function write(store: StateStore, ...mutations: readonly Mutation[]): Promise<Revision> {
  return (await store.commit({ preconditions: [], mutations }, never)).revision
}
