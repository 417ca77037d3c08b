import { compareKeys, PiccoloError } from '@piccolo/core/spi'
import type {
  Cancel, CommitRequest, CommitResult, ListOptions, ListResult, Random, Revision, StoreChange, StoreEntry, WatchBatch,
} from '@piccolo/core/spi'
import { seededRandom } from '../random/seeded-random.js'
import { copied, copiedChange, keyOf, lowerBound } from './entries.js'

export interface MemoryBackendOptions {
  /** Decides what happens by chance. Default: seed 0. */
  readonly random?: Random
  /** Commits kept for watches and old revisions; older ones are `compacted`. Default 10,000. */
  readonly historyCommits?: number
  /** Entries on one page of a list. Default 1,000. */
  readonly pageEntries?: number
}

/** One commit, as watches tell it. */
export type Commit = WatchBatch

/** Keys whose revision says something: whoever writes the office deposes the master, and a release stands for the set it came with. */
const telling = ['cluster/office', 'operations/release/']

interface Version {
  readonly revision: Revision
  /** Absent = deleted at that revision. */
  readonly entry: StoreEntry | undefined
}

/**
 * The data under memory stores, with the switches that break them. It outlives the stores opened over it, so that a
 * restarted master finds what the one before it wrote.
 */
export class MemoryBackend {
  /** Delay of every call, on the store's clock. */
  latencyMs = 0
  /** By chance up to this much more, mostly much less, on the way there, on the way back, and before a watch is told: calls overtake each other. */
  jitterMs = 0
  /** How likely, from 0 to 1, somebody else writes a key that a commit depends on just before it: the same value, at a new revision. Never one whose revision says something by itself. */
  contention = 0
  /** Commits are written, but whoever asked is told `unavailable`: the outcome that a caller can't know. */
  losesReplies = false
  /** A commit that is on its way arrives, even if whoever sent it has given up on it or has died, as over a network. */
  commitsOutlive = false

  readonly #historyCommits: number
  readonly #pageEntries: number
  readonly #versions = new Map<string, Version[]>()
  readonly #random: Random
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Set<(commit: Commit) => void>()
  #keys: string[] = []
  #commits: Commit[] = []
  #revision: Revision = 0n
  #compacted: Revision = 0n
  #unavailable = false
  #watchesBroken = false

  constructor(options: MemoryBackendOptions = {}) {
    this.#historyCommits = options.historyCommits ?? 10_000
    this.#pageEntries = options.pageEntries ?? 1_000
    this.#random = options.random ?? seededRandom(0)
  }

  /** What the next way takes, of those that take `baseMs` at least. */
  drawMs(baseMs: number): number {
    return baseMs + (this.jitterMs > 0 ? this.jitterMs * this.#random.next() ** 4 : 0)
  }

  /** Revision of the last commit; 0n = none yet. */
  get revision(): Revision {
    return this.#revision
  }

  /** While true every call fails with `unavailable`; switching it on also breaks the watches that run. */
  get unavailable(): boolean {
    return this.#unavailable
  }

  set unavailable(unavailable: boolean) {
    this.#unavailable = unavailable
    this.#wake()
  }

  /** While true every watch fails with `unavailable`, those that run as well; reads and commits go on. */
  get watchesBroken(): boolean {
    return this.#watchesBroken || this.#unavailable
  }

  set watchesBroken(broken: boolean) {
    this.#watchesBroken = broken
    this.#wake()
  }

  /** Forgets what came before `revision`: older reads and watches are told `compacted`. */
  compact(revision: Revision = this.#revision): void {
    if (revision > this.#revision) throw new PiccoloError('invalid-argument', `There is no revision ${revision} yet.`)
    if (revision <= this.#compacted) return
    this.#compacted = revision
    const kept = this.#commits.findIndex((commit) => commit.revision > revision)
    const dropped = this.#commits.splice(0, kept < 0 ? this.#commits.length : kept)
    for (const { changes } of dropped) for (const change of changes) this.#forget(keyOf(change))
  }

  get(key: string): StoreEntry | undefined {
    const entry = this.#at(key, this.#revision)
    return entry && copied(entry)
  }

  list(prefix: string, options: ListOptions): ListResult {
    const revision = options.revision ?? this.#revision
    if (revision > this.#revision) throw new PiccoloError('invalid-argument', `There is no revision ${revision} yet.`)
    if (revision < this.#compacted) throw compacted(revision)
    const limit = Math.min(options.limit ?? this.#pageEntries, this.#pageEntries)
    const entries: StoreEntry[] = []
    for (const key of this.#keysIn(prefix, options)) {
      const entry = this.#at(key, revision)
      if (entry === undefined) continue
      if (entries.length === limit) return { entries, revision, more: true }
      entries.push(copied(entry))
    }
    return { entries, revision, more: false }
  }

  commit(request: CommitRequest): CommitResult {
    this.#meddle(request)
    const { preconditions, mutations } = request
    const failedKeys = preconditions
      .filter(({ key, modRevision }) => (this.#at(key, this.#revision)?.modRevision ?? 0n) !== modRevision)
      .map(({ key }) => key)
    if (failedKeys.length > 0) return { committed: false, failedKeys, revision: this.#revision }

    const effective = mutations.filter((mutation) => mutation.type === 'put' || this.#at(mutation.key, this.#revision) !== undefined)
    if (effective.length === 0) return { committed: true, revision: this.#revision }
    const revision = this.#revision + 1n
    const changes = effective.map((mutation): StoreChange => {
      if (mutation.type === 'delete') return mutation
      const createRevision = this.#at(mutation.key, this.#revision)?.createRevision ?? revision
      return { type: 'put', entry: { key: mutation.key, value: mutation.value, createRevision, modRevision: revision } }
    })
    for (const change of changes) this.#record(keyOf(change), { revision, entry: change.type === 'put' ? change.entry : undefined })
    this.#revision = revision
    const commit = { revision, changes }
    this.#commits.push(commit)
    for (const listener of this.#listeners) listener(commit)
    const oldest = this.#commits[this.#commits.length - 1 - this.#historyCommits]
    if (oldest !== undefined) this.compact(oldest.revision)
    this.#wake()
    return { committed: true, revision }
  }

  /** The next commit after `after` that touches the prefix; a progress mark when others came; undefined when none did. */
  next(prefix: string, after: Revision): WatchBatch | undefined {
    if (after < this.#compacted) throw compacted(after)
    for (let index = this.#indexAfter(after); index < this.#commits.length; index += 1) {
      const commit = this.#commits[index]
      const touching = commit?.changes.filter((change) => keyOf(change).startsWith(prefix)) ?? []
      if (commit !== undefined && touching.length > 0) return { revision: commit.revision, changes: touching.map(copiedChange) }
    }
    return this.#revision > after ? { revision: this.#revision, changes: [] } : undefined
  }

  /** Calls `wake` after every commit and every change of availability, until the returned function is called. */
  subscribe(wake: () => void): () => void {
    this.#watchers.add(wake)
    return () => this.#watchers.delete(wake)
  }

  /** Calls `listener` at every commit, in order. */
  onCommit(listener: (commit: Commit) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #meddle({ preconditions }: CommitRequest): void {
    if (this.contention === 0 || this.#random.next() >= this.contention) return
    const stored = preconditions.flatMap(({ key }) => (telling.some((prefix) => key.startsWith(prefix)) ? [] : (this.#at(key, this.#revision) ?? [])))
    const entry = stored[Math.floor(this.#random.next() * stored.length)]
    if (entry === undefined) return
    const contention = this.contention
    this.contention = 0
    this.commit({ preconditions: [], mutations: [{ type: 'put', key: entry.key, value: entry.value }] })
    this.contention = contention
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake()
  }

  #at(key: string, revision: Revision): StoreEntry | undefined {
    return this.#versions.get(key)?.findLast((version) => version.revision <= revision)?.entry
  }

  #record(key: string, version: Version): void {
    const versions = this.#versions.get(key)
    if (versions !== undefined) {
      versions.push(version)
      return
    }
    this.#versions.set(key, [version])
    this.#keys.splice(lowerBound(this.#keys, key), 0, key)
  }

  /** Drops the versions of a key that no revision still readable shows. */
  #forget(key: string): void {
    const versions = this.#versions.get(key)
    if (versions === undefined) return
    const current = versions.findLastIndex((version) => version.revision <= this.#compacted)
    const kept = versions.slice(current >= 0 && versions[current]?.entry === undefined ? current + 1 : Math.max(current, 0))
    if (kept.length > 0) {
      this.#versions.set(key, kept)
      return
    }
    this.#versions.delete(key)
    this.#keys.splice(lowerBound(this.#keys, key), 1)
  }

  #keysIn(prefix: string, { start, end, reverse }: ListOptions): readonly string[] {
    const first = lowerBound(this.#keys, start !== undefined && compareKeys(start, prefix) > 0 ? start : prefix)
    let last = first
    for (let key = this.#keys[last]; key?.startsWith(prefix) === true; key = this.#keys[last]) {
      if (end !== undefined && compareKeys(key, end) >= 0) break
      last += 1
    }
    const keys = this.#keys.slice(first, last)
    return reverse === true ? keys.reverse() : keys
  }

  #indexAfter(after: Revision): number {
    let low = 0
    let high = this.#commits.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#commits[middle]?.revision ?? 0n) <= after) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Data for memory stores to share. */
export function memoryBackend(options: MemoryBackendOptions = {}): MemoryBackend {
  return new MemoryBackend(options)
}

function compacted(revision: Revision): PiccoloError {
  return new PiccoloError('compacted', `The history from revision ${revision} on is no longer kept; list again.`, {
    details: { revision: String(revision) },
  })
}
