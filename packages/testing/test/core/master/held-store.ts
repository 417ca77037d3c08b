import type { StateStoreAdapter } from '@piccolo/core/spi'

export interface HeldCall {
  /** It has come, and waits. */
  readonly hasCome: () => true | undefined
  release(): void
}

/** A store whose calls take as long as a test wants, one by one: whatever comes after a call that is held overtakes it. */
export function heldStore(store: StateStoreAdapter) {
  const holds: { readonly call: 'get' | 'commit'; readonly key: string; readonly wait: () => Promise<void> }[] = []
  const pass = async (call: 'get' | 'commit', keys: readonly string[]): Promise<void> => {
    const index = holds.findIndex((hold) => hold.call === call && keys.includes(hold.key))
    if (index >= 0) await holds.splice(index, 1)[0]?.wait()
  }
  const adapter: StateStoreAdapter = (context) => {
    const inner = store(context)
    return {
      capabilities: inner.capabilities,
      open: (signal) => inner.open(signal),
      close: () => inner.close(),
      list: (prefix, options, signal) => inner.list(prefix, options, signal),
      watch: (prefix, options, signal) => inner.watch(prefix, options, signal),
      async get(key, signal) {
        await pass('get', [key])
        return inner.get(key, signal)
      },
      async commit(request, signal) {
        await pass('commit', request.mutations.map((mutation) => mutation.key))
        return inner.commit(request, signal)
      },
    }
  }
  return {
    adapter,
    /** Holds the next such call on its way to the store. */
    holdNext(call: 'get' | 'commit', key: string): HeldCall {
      let come: true | undefined
      let release: () => void = () => undefined
      const released = new Promise<void>((resolve) => { release = resolve })
      holds.push({ call, key, wait: () => { come = true; return released } })
      return { hasCome: () => come, release: () => { release() } }
    },
  }
}
