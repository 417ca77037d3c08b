import { PiccoloError } from '../errors/index.js'
import type { Precondition } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'
import type { CallOptions } from './deadline.js'
import type { Decide, Updated, UpdateOptions } from './decision.js'
import type { StoreReader } from './store-reader.js'
import type { Store } from './store.js'

const retryDelay = { initialMs: 5, capMs: 200 }

/**
 * Reads, decides and commits as one: every key the decision read with `get` (present or absent) becomes a precondition, and when one
 * has changed meanwhile the decision is made again on what is there now. The second attempt follows at once, later ones
 * after a jittered pause. Throws `conflict`, naming the keys, when `attempts` were not enough; other errors pass through.
 */
export async function update<Result>(store: Store, decide: Decide<Result>, options: UpdateOptions = {}): Promise<Updated<Result>> {
  const { attempts = 8, signal, deadlineMs } = options
  let failedKeys: readonly string[] = []
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 1) await sleep(store.context.clock, jitteredMs(attempt, retryDelay, store.context.random), signal)
    const { reader, preconditions } = remembering(store, { signal, deadlineMs })
    const decision = await decide(reader)
    if (decision.mutations.length === 0) return { result: decision.result, revision: undefined }
    for (const { key, modRevision } of decision.preconditions ?? []) preconditions.set(`${key} ${modRevision}`, { key, modRevision })
    const request = { preconditions: [...preconditions.values()], mutations: decision.mutations }
    const outcome = await store.commit(request, { signal, deadlineMs })
    if (outcome.committed) return { result: decision.result, revision: outcome.revision }
    failedKeys = outcome.failedKeys
  }
  throw new PiccoloError('conflict', `Others kept changing ${failedKeys.join(', ')}; gave up after ${attempts} attempts. Try again.`, {
    details: { keys: failedKeys, attempts },
  })
}

/** A reader over the store that notes what each `get` saw. Two gets of a key that saw different things can't both hold: the commit fails. */
function remembering(store: Store, defaults: CallOptions): { reader: StoreReader; preconditions: Map<string, Precondition> } {
  const preconditions = new Map<string, Precondition>()
  const reader: StoreReader = {
    async get(key, options) {
      const entry = await store.get(key, { ...defaults, ...options })
      const modRevision = entry?.modRevision ?? 0n
      preconditions.set(`${key} ${modRevision}`, { key, modRevision })
      return entry
    },
    list: (prefix, options) => store.list(prefix, { ...defaults, ...options }),
  }
  return { reader, preconditions }
}
