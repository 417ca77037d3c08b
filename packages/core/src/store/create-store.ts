import type { AdapterContext, Revision, StateStore } from '../spi/index.js'
import { withDeadline, type CallOptions } from './deadline.js'
import { officeKey, type Store } from './store.js'
import { termLost } from './term-lost.js'
import { update } from './update.js'

export interface StoreOptions {
  readonly context: AdapterContext
  /** Default deadline of each call. Default 5,000. */
  readonly deadlineMs?: number
  readonly term?: Revision
}

/** Wraps a port that is open, or will be when it is first used. Opening and closing stay with whoever made the port. */
export function createStore(port: StateStore, options: StoreOptions): Store {
  const { context, deadlineMs = 5_000, term } = options
  const bounded = <Result>(what: string, call: CallOptions, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> =>
    withDeadline(context.clock, { signal: call.signal, deadlineMs: call.deadlineMs ?? deadlineMs, what }, run)

  const store: Store = {
    capabilities: port.capabilities,
    context,
    term,
    get: (key, call = {}) => bounded(`get ${key}`, call, (signal) => port.get(key, signal)),
    list: (prefix, { signal, deadlineMs: within, ...page } = {}) =>
      bounded(`list ${prefix}`, { signal, deadlineMs: within }, (inner) => port.list(prefix, page, inner)),
    async commit({ preconditions = [], mutations }, call = {}) {
      const fence = term === undefined ? [] : [{ key: officeKey, modRevision: term }]
      const request = { preconditions: [...fence, ...preconditions], mutations }
      const result = await bounded('a commit', call, (signal) => port.commit(request, signal))
      if (term !== undefined && !result.committed && result.failedKeys.includes(officeKey)) throw termLost(term)
      return result
    },
    update: (decide, updateOptions) => update(store, decide, updateOptions),
    watch: (prefix, { after, signal }) => port.watch(prefix, { after }, signal),
    inOffice: (newTerm) => createStore(port, { ...options, term: newTerm }),
  }
  return store
}
