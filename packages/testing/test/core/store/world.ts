import { createStore, table, type Store } from '@piccolo/core/store'
import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger, type ManualClock, type MemoryBackend } from '@piccolo/testing'

export interface Thing {
  readonly name: string
}

export const things = table<Thing>({
  prefix: 'things/',
  parse: (json) => {
    if (typeof json !== 'object' || json === null || !('name' in json) || typeof json.name !== 'string') throw new Error('expected a name')
    return { ...json, name: json.name }
  },
})

/** A store over memory, with its switches and its clock. */
export async function world(options: { readonly pageEntries?: number } = {}): Promise<{ store: Store; backend: MemoryBackend; clock: ManualClock }> {
  const backend = memoryBackend(options)
  const clock = manualClock()
  const context = { clock, random: seededRandom(7), logger: silentLogger }
  const port = memoryStore({ backend })(context)
  await port.open(new AbortController().signal)
  return { store: createStore(port, { context }), backend, clock }
}
