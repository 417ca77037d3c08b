import { PiccoloError } from '../errors/index.js'
import type { Revision, StoreEntry, WatchBatch } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'
import type { FollowOptions } from './follow-options.js'
import { listAll } from './list-all.js'
import type { Store } from './store.js'
import type { Stored, Table } from './table.js'

const retryDelay = { initialMs: 100, capMs: 5_000 }

/** The loop behind follow(): its view, how far it got, and how it gets on after a loss. */
export class Follower<Value> {
  readonly view = new Map<string, Stored<Value>>()
  /** Revision up to which everything was handled; undefined before the first snapshot. */
  handled: Revision | undefined
  readonly #store: Store
  readonly #table: Table<Value>
  readonly #options: FollowOptions<Value>
  readonly #prefix: string
  /** Losses in a row without anything good between. */
  #losses = 0
  #wake: () => void = () => undefined

  constructor(store: Store, table: Table<Value>, options: FollowOptions<Value>) {
    this.#store = store
    this.#table = table
    this.#options = options
    this.#prefix = table.key(options.within ?? '')
  }

  /** Goes on until the signal is aborted, which resolves, or until something happens that another attempt can't mend. */
  async run(wake: () => void): Promise<void> {
    const { signal } = this.#options
    this.#wake = wake
    let mustList = true
    while (!signal.aborted) {
      const startedMs = this.#store.context.clock.monotonicMs()
      try {
        if (mustList) await this.#list()
        mustList = false
        await this.#watch()
      } catch (error) {
        if (signal.aborted) return
        if (PiccoloError.is(error, 'compacted')) mustList = true
        else if (!isRetryable(error)) throw error
        if (this.#losses === 0) this.#store.context.logger.info({ prefix: this.#prefix, error }, 'Lost the watch of the store; resuming')
      }
      await this.#settle(startedMs)
    }
  }

  /** The first loss in a long time is answered soon, repeated ones ever later. */
  async #settle(startedMs: number): Promise<void> {
    const { clock, random } = this.#store.context
    if (clock.monotonicMs() - startedMs > retryDelay.capMs) this.#losses = 0
    await sleep(clock, jitteredMs(this.#losses, retryDelay, random), this.#options.signal)
    this.#losses += 1
  }

  async #list(): Promise<void> {
    const { entries, revision } = await listAll(this.#store, this.#prefix, { signal: this.#options.signal })
    const changed = new Set<string>()
    const gone = new Set(this.view.keys())
    for (const entry of entries) {
      const id = this.#table.id(entry.key)
      gone.delete(id)
      if (this.view.get(id)?.revision !== entry.modRevision && this.#put(entry)) changed.add(id)
    }
    for (const id of gone) {
      this.view.delete(id)
      changed.add(id)
    }
    await this.#tell(changed, revision)
  }

  async #watch(): Promise<void> {
    const after = this.handled ?? 0n
    for await (const batch of this.#store.watch(this.#prefix, { after, signal: this.#options.signal })) {
      this.#losses = 0
      await this.#tell(this.#applied(batch), batch.revision)
    }
  }

  #applied(batch: WatchBatch): Set<string> {
    const changed = new Set<string>()
    for (const change of batch.changes) {
      const id = this.#table.id(change.type === 'put' ? change.entry.key : change.key)
      if (change.type === 'put' ? this.#put(change.entry) : this.view.delete(id)) changed.add(id)
    }
    return changed
  }

  /** Whether the entry could be read and is in the view now. */
  #put(entry: StoreEntry): boolean {
    const id = this.#table.id(entry.key)
    try {
      this.view.set(id, this.#table.decode(entry))
      return true
    } catch (error) {
      const { onCorrupt } = this.#options
      if (onCorrupt === undefined || !PiccoloError.is(error, 'corrupt')) throw error
      onCorrupt(error, id)
      return false
    }
  }

  /** Hands on what changed, as often as it takes; what changed nothing here only moves the revision. */
  async #tell(changed: ReadonlySet<string>, revision: Revision): Promise<void> {
    const { signal, onChange } = this.#options
    const { clock, random, logger } = this.#store.context
    const isFirst = this.handled === undefined
    for (let attempt = 0; !signal.aborted && (isFirst || changed.size > 0); attempt += 1) {
      try {
        await onChange({ view: this.view, changed, revision })
        break
      } catch (error) {
        if (!isRetryable(error)) throw error
        if (attempt === 0) logger.warn({ prefix: this.#prefix, error }, 'A change could not be handled; trying again')
        await sleep(clock, jitteredMs(attempt, retryDelay, random), signal)
      }
    }
    if (signal.aborted) return
    this.handled = revision
    this.#wake()
  }
}

function isRetryable(error: unknown): boolean {
  return PiccoloError.is(error) && error.retryable
}
