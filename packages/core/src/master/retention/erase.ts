import type { Mutation } from '../../spi/index.js'
import type { Store } from '../../store/index.js'

/** Small enough that whoever wants to commit something else does not wait long. */
const mostAtOnce = 256
/** The fence of the term. */
const fixedOperations = 1

/** Deletes keys in as few commits as the store's limits allow; without any key nothing is written. Answers how many there were. */
export async function erase(store: Store, keys: AsyncIterable<string>, signal: AbortSignal): Promise<number> {
  const most = Math.max(1, Math.min(mostAtOnce, store.capabilities.maxCommitOperations - fixedOperations))
  let erased = 0
  let batch: Mutation[] = []
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    await store.commit({ mutations: batch }, { signal })
    erased += batch.length
    batch = []
  }
  for await (const key of keys) {
    batch.push({ type: 'delete', key })
    if (batch.length === most) await flush()
  }
  await flush()
  return erased
}
