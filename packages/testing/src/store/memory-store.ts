import { checkCommit, checkKey, PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import type {
  Clock, CommitRequest, CommitResult, ListOptions, ListResult, Revision, StateStore, StateStoreAdapter, StoreCapabilities, StoreEntry,
  WatchBatch,
} from '@piccolo/core/spi'
import { memoryBackend, type MemoryBackend } from './memory-backend.js'

export interface MemoryStoreOptions {
  /** The data to open and the switches to break it with. Default: an empty one of its own for each store made. */
  readonly backend?: MemoryBackend
  /** What this store claims of itself, to try a caller against other limits. */
  readonly capabilities?: Partial<StoreCapabilities>
}

const defaultCapabilities: StoreCapabilities = {
  durable: 'none',
  shared: true,
  maxValueBytes: 1024 * 1024,
  maxCommitOperations: 4096,
  maxCommitBytes: 8 * 1024 * 1024,
}

/** The memory twin of a state store: every rule of the port, nothing on disk. */
export function memoryStore(options: MemoryStoreOptions = {}): StateStoreAdapter {
  return ({ clock }) => new MemoryStore(clock, options)
}

class MemoryStore implements StateStore {
  readonly capabilities: StoreCapabilities
  readonly #clock: Clock
  readonly #backend: MemoryBackend
  /** Who waits for something: a close wakes them all. */
  readonly #waiting = new Set<() => void>()
  #state: 'new' | 'open' | 'closed' = 'new'

  constructor(clock: Clock, options: MemoryStoreOptions) {
    this.#clock = clock
    this.#backend = options.backend ?? memoryBackend()
    this.capabilities = { ...defaultCapabilities, ...options.capabilities }
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new PiccoloError('failed-precondition', 'This store was opened before; make a new one.')
    await this.#reach(signal)
    this.#state = 'open'
  }

  close(): Promise<void> {
    this.#state = 'closed'
    for (const wake of [...this.#waiting]) wake()
    return Promise.resolve()
  }

  async get(key: string, signal: AbortSignal): Promise<StoreEntry | undefined> {
    checkKey(key)
    return this.#call(signal, () => this.#backend.get(key))
  }

  async list(prefix: string, options: ListOptions, signal: AbortSignal): Promise<ListResult> {
    return this.#call(signal, () => this.#backend.list(prefix, options))
  }

  async commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    this.#mustBeOpen()
    checkCommit(request, this.capabilities)
    const { preconditions } = request
    // The bytes as they are now: the caller may write into them while this is on its way.
    const mutations = request.mutations.map((mutation) => (mutation.type === 'put' ? { ...mutation, value: mutation.value.slice() } : mutation))
    const result = await this.#sent(signal, () => this.#backend.commit({ preconditions, mutations }))
    await this.#take(0, signal)
    if (this.#backend.losesReplies) throw unavailable()
    return result
  }

  async *watch(prefix: string, options: { readonly after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    this.#mustBeOpen()
    let position = options.after
    let wake = (): void => undefined
    const stop = this.#whenever(signal, () => wake())
    try {
      while (!signal.aborted && this.#state === 'open') {
        if (this.#backend.watchesBroken) throw unavailable()
        const batch = this.#backend.next(prefix, position)
        if (batch === undefined) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        position = batch.revision
        if (batch.changes.length > 0) await this.#take(0, signal)
        if (this.#backend.watchesBroken) throw unavailable()
        yield batch
      }
    } finally {
      stop()
    }
  }

  /** There, what happens there, and back. */
  async #call<Result>(signal: AbortSignal, run: () => Result): Promise<Result> {
    this.#mustBeOpen()
    await this.#reach(signal)
    this.#mustBeOpen()
    const result = run()
    await this.#take(0, signal)
    return result
  }

  /** The way of a commit, and what it does there. */
  async #sent(signal: AbortSignal, run: () => CommitResult): Promise<CommitResult> {
    throwIfAborted(signal)
    let result: CommitResult | undefined
    const arrive = (): void => {
      if (!this.#backend.unavailable) result = run()
    }
    const ms = this.#backend.drawMs(this.#backend.latencyMs)
    if (ms > 0) {
      await this.#until(signal, (wake) => {
        const cancel = this.#clock.schedule(ms, () => {
          arrive()
          wake()
        })
        return this.#backend.commitsOutlive ? () => undefined : cancel
      })
      throwIfAborted(signal)
      this.#mustBeOpen()
    } else arrive()
    if (result === undefined) throw unavailable()
    return result
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new PiccoloError('failed-precondition', `The store is ${this.#state === 'new' ? 'not open yet' : 'closed'}.`)
  }

  /** The way to the backend: it takes its time and may lead nowhere. */
  async #reach(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    await this.#take(this.#backend.latencyMs, signal)
    throwIfAborted(signal)
    if (this.#backend.unavailable) throw unavailable()
  }

  async #take(baseMs: number, signal: AbortSignal): Promise<void> {
    const ms = this.#backend.drawMs(baseMs)
    if (ms > 0) await this.#until(signal, (wake) => this.#clock.schedule(ms, wake))
  }

  /** Calls `run` when something has changed in the backend, the signal is aborted or the store is closed, until the returned function is called. */
  #whenever(signal: AbortSignal, run: () => void): () => void {
    const unsubscribe = this.#backend.subscribe(run)
    this.#waiting.add(run)
    signal.addEventListener('abort', run)
    return () => {
      unsubscribe()
      this.#waiting.delete(run)
      signal.removeEventListener('abort', run)
    }
  }

  /** Waits until `subscribe`'s callback is called, the signal is aborted or the store is closed, and leaves nothing behind. */
  async #until(signal: AbortSignal, subscribe: (wake: () => void) => () => void): Promise<void> {
    if (signal.aborted || this.#state === 'closed') return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel()
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = subscribe(wake)
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}

function unavailable(): PiccoloError {
  return new PiccoloError('unavailable', 'The memory store was switched to unavailable.')
}
