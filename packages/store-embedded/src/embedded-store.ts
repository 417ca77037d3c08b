import { checkCommit, checkKey, PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import type {
  CommitRequest, CommitResult, ListOptions, ListResult, Revision, StateStore, StateStoreAdapter, StoreCapabilities, StoreChange, StoreEntry,
  WatchBatch,
} from '@piccolo/core/spi'
import { CommitQueue } from './commit-queue.js'
import { Database } from './database.js'
import { History } from './history.js'
import { listAt } from './list-at.js'
import type { PastCommit } from './records.js'
import type { SizeLimits } from './sizes.js'

export interface EmbeddedStoreOptions {
  /** Where the data lives: a directory of the store's own, made with mode 0700 if it is not there. One process at a time. */
  readonly directory: string
  /** Commits kept for watches that fell behind and for reads of old revisions. Default: the last 10,000, at most 32 MiB of them. */
  readonly history?: Partial<SizeLimits>
}

/**
 * The master's state in one directory on its own disk. A commit is on the disk when it resolves; when the process or the
 * power dies, the directory holds every commit that was acknowledged and none by half. Nothing is written while nothing is committed.
 */
export function embeddedStore(options: EmbeddedStoreOptions): StateStoreAdapter {
  return () => new EmbeddedStore(options)
}

class EmbeddedStore implements StateStore {
  readonly capabilities: StoreCapabilities = {
    durable: 'power',
    shared: false,
    maxValueBytes: 1024 * 1024,
    maxCommitOperations: 4096,
    maxCommitBytes: 8 * 1024 * 1024,
  }

  readonly #database: Database
  readonly #history: History
  readonly #queue: CommitQueue
  readonly #watchers = new Set<() => void>()
  #opening: Promise<unknown> | undefined
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'

  constructor({ directory, history = {} }: EmbeddedStoreOptions) {
    this.#database = new Database(directory)
    this.#history = new History(this.#database, { commits: 10_000, bytes: 32 * 1024 * 1024, ...history })
    this.#queue = new CommitQueue(this.#database, this.#history, () => this.#wake())
  }

  async open(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#state !== 'new') throw new PiccoloError('failed-precondition', 'This store was opened before; make a new one.')
    this.#state = 'opening'
    const opening = this.#database.open()
    this.#opening = opening
    try {
      this.#history.reset(await opening)
      throwIfAborted(signal)
      if (this.#state !== 'opening') throw notOpen('closed')
      this.#state = 'open'
    } catch (error) {
      if (this.#state === 'opening') this.#state = 'new'
      await this.#database.close()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#wake()
    await this.#opening?.catch(() => undefined) // whoever opened it is told
    await this.#queue.close()
    await this.#database.close()
  }

  async get(key: string, signal: AbortSignal): Promise<StoreEntry | undefined> {
    this.#admit(signal)
    checkKey(key)
    const [entry] = await this.#database.current([key])
    return entry
  }

  async list(prefix: string, options: ListOptions, signal: AbortSignal): Promise<ListResult> {
    this.#admit(signal)
    return listAt(this.#database, prefix, options)
  }

  async commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    this.#admit(signal)
    checkCommit(request, this.capabilities)
    return this.#queue.commit(request, signal)
  }

  async *watch(prefix: string, options: { readonly after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (this.#state !== 'open') throw notOpen(this.#state)
    const goesOn = (): boolean => !signal.aborted && this.#state === 'open'
    let position = options.after
    while (goesOn()) {
      const commits = await this.#history.after(position)
      if (commits.length === 0) await this.#beyond(position, signal)
      for (const commit of commits) {
        position = commit.revision
        const changes = changesOf(commit, prefix)
        // Elsewhere something was written: say how far we are, once there is no more to read.
        if (changes.length === 0 && position !== this.#history.revision) continue
        if (!goesOn()) return
        yield { changes, revision: position }
      }
    }
  }

  #admit(signal: AbortSignal): void {
    if (this.#state !== 'open') throw notOpen(this.#state)
    throwIfAborted(signal)
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake()
  }

  /** Resolves once there are commits after `position`, or when there is no point in waiting any more. */
  #beyond(position: Revision, signal: AbortSignal): Promise<void> {
    if (this.#history.revision > position || signal.aborted || this.#state !== 'open') return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#watchers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#watchers.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}

/** Copies of the values: the same commit goes to every watch. */
function changesOf(commit: PastCommit, prefix: string): StoreChange[] {
  return commit.changes
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, now }) => (now === undefined ? { type: 'delete', key } : { type: 'put', entry: { ...now, value: now.value.slice() } }))
}

function notOpen(state: 'new' | 'opening' | 'closed'): PiccoloError {
  return new PiccoloError('failed-precondition', `The store is ${state === 'closed' ? 'closed' : 'not open yet'}.`)
}
