import { open, rm, type FileHandle } from 'node:fs/promises'
import {
  checkCommit, checkKey, compareKeys, PiccoloError, throwIfAborted, type CommitRequest, type CommitResult, type ListOptions, type ListResult,
  type Revision, type StateStore, type StateStoreAdapter, type StoreCapabilities, type StoreChange, type StoreEntry, type WatchBatch,
} from '@piccolo/core/spi'
import { fromLine, toLine, type LedgerCommit } from './ledger-line.js'

const pageEntries = 1_000

/**
 * A store that is one file: a line for each commit since the first one. Everything is read into memory when it is opened, and nothing
 * is ever compacted: enough for a small cluster's afternoon, and easy to read.
 */
export function ledgerStore({ file }: { readonly file: string }): StateStoreAdapter {
  return () => new LedgerStore(file)
}

class LedgerStore implements StateStore {
  readonly capabilities: StoreCapabilities = { durable: 'power', shared: false, maxValueBytes: 256 * 1024, maxCommitOperations: 512, maxCommitBytes: 1024 * 1024 }
  readonly #file: string
  readonly #commits: LedgerCommit[] = []
  readonly #entries = new Map<string, StoreEntry>()
  readonly #watchers = new Set<() => void>()
  #state: 'new' | 'open' | 'closed' = 'new'
  #ledger: FileHandle | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(file: string) {
    this.#file = file
  }

  async open(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#state !== 'new') throw new PiccoloError('failed-precondition', 'This store was opened before; make a new one.')
    await this.#lock()
    try {
      this.#ledger = await open(this.#file, 'a+')
      await this.#read(this.#ledger)
      throwIfAborted(signal)
      this.#state = 'open'
    } catch (error) {
      await this.#release()
      throw error
    }
  }

  async close(): Promise<void> {
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#wake()
    await this.#writing
    if (wasOpen) await this.#release()
  }

  async get(key: string, signal: AbortSignal): Promise<StoreEntry | undefined> {
    this.#admit(signal)
    checkKey(key)
    const entry = this.#entries.get(key)
    return entry && copied(entry)
  }

  async list(prefix: string, { start = '', end, limit = pageEntries, reverse = false, revision = this.#revision }: ListOptions, signal: AbortSignal): Promise<ListResult> {
    this.#admit(signal)
    if (revision > this.#revision) throw new PiccoloError('invalid-argument', `There is no revision ${revision} yet.`)
    const found = [...this.#at(revision).values()]
      .filter(({ key }) => key.startsWith(prefix) && compareKeys(key, start) >= 0 && (end === undefined || compareKeys(key, end) < 0))
      .sort((a, b) => compareKeys(a.key, b.key))
    if (reverse) found.reverse()
    const page = found.slice(0, Math.min(limit, pageEntries))
    return { entries: page.map(copied), revision, more: page.length < found.length }
  }

  async commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    this.#admit(signal)
    checkCommit(request, this.capabilities)
    // The caller may write into its bytes while this waits for its turn.
    const mutations = request.mutations.map((mutation) => (mutation.type === 'put' ? { ...mutation, value: mutation.value.slice() } : mutation))
    const turn = this.#writing.then(() => this.#write({ preconditions: request.preconditions, mutations }, signal))
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  async *watch(prefix: string, { after }: { readonly after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (this.#state !== 'open') throw notOpen()
    for (let next = this.#commits.findIndex(({ revision }) => revision > after); !signal.aborted && this.#state === 'open'; next += 1) {
      if (next < 0) next = this.#commits.length
      while (this.#commits[next] === undefined && !signal.aborted && this.#state === 'open') await this.#change(signal)
      const commit = this.#commits[next]
      if (commit === undefined) return
      const changes = commit.changes.filter((change) => keyOf(change).startsWith(prefix))
      yield { revision: commit.revision, changes: changes.map((change) => (change.type === 'put' ? { type: 'put', entry: copied(change.entry) } : change)) }
    }
  }

  get #revision(): Revision {
    return this.#commits.at(-1)?.revision ?? 0n
  }

  async #write({ preconditions, mutations }: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    this.#admit(signal)
    const failedKeys = preconditions.filter(({ key, modRevision }) => (this.#entries.get(key)?.modRevision ?? 0n) !== modRevision).map(({ key }) => key)
    if (failedKeys.length > 0) return { committed: false, failedKeys, revision: this.#revision }
    const revision = this.#revision + 1n
    const changes = mutations.flatMap((mutation): readonly StoreChange[] => {
      const before = this.#entries.get(mutation.key)
      if (mutation.type === 'delete') return before === undefined ? [] : [mutation]
      return [{ type: 'put', entry: { key: mutation.key, value: mutation.value, createRevision: before?.createRevision ?? revision, modRevision: revision } }]
    })
    if (changes.length === 0) return { committed: true, revision: this.#revision }
    await this.#ledger?.appendFile(toLine({ revision, changes }))
    await this.#ledger?.datasync()
    this.#apply({ revision, changes })
    this.#wake()
    return { committed: true, revision }
  }

  /** A last line without an end was never acknowledged: the power went while it was written. */
  async #read(ledger: FileHandle): Promise<void> {
    const text = await ledger.readFile('utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) await ledger.truncate(Buffer.byteLength(whole))
    for (const line of whole.split('\n').slice(0, -1)) this.#apply(fromLine(line))
  }

  #apply(commit: LedgerCommit): void {
    this.#commits.push(commit)
    applyTo(this.#entries, commit)
  }

  /** Everything as it was at a revision: told again from the beginning. */
  #at(revision: Revision): ReadonlyMap<string, StoreEntry> {
    if (revision === this.#revision) return this.#entries
    const entries = new Map<string, StoreEntry>()
    for (const commit of this.#commits) if (commit.revision <= revision) applyTo(entries, commit)
    return entries
  }

  #admit(signal: AbortSignal): void {
    if (this.#state !== 'open') throw notOpen()
    throwIfAborted(signal)
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }

  #change(signal: AbortSignal): Promise<void> {
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

  async #lock(): Promise<void> {
    try {
      await (await open(`${this.#file}.lock`, 'wx')).close()
    } catch (error) {
      throw new PiccoloError('failed-precondition', `Somebody has ${this.#file} open. If that program died, remove ${this.#file}.lock.`, { cause: error })
    }
  }

  async #release(): Promise<void> {
    await this.#ledger?.close()
    this.#ledger = undefined
    await rm(`${this.#file}.lock`)
  }
}

function applyTo(entries: Map<string, StoreEntry>, { changes }: LedgerCommit): void {
  for (const change of changes) {
    if (change.type === 'put') entries.set(change.entry.key, change.entry)
    else entries.delete(change.key)
  }
}

function keyOf(change: StoreChange): string {
  return change.type === 'put' ? change.entry.key : change.key
}

function copied(entry: StoreEntry): StoreEntry {
  return { ...entry, value: entry.value.slice() }
}

function notOpen(): PiccoloError {
  return new PiccoloError('failed-precondition', 'The store is not open.')
}
