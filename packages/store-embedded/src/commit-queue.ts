import { PiccoloError, type CommitRequest, type CommitResult, type StoreEntry } from '@piccolo/core/spi'
import type { Database, Operation } from './database.js'
import type { History } from './history.js'
import { currentKey, historyKey, metaKey, sizeKey } from './layout.js'
import { planGroup } from './plan-group.js'
import { encodeCommit, encodeEntry, encodeMeta, encodeSize } from './records.js'

interface Waiting {
  readonly request: CommitRequest
  /** Stops listening for its abort: from here on it is carried out. */
  readonly release: () => void
  readonly resolve: (result: CommitResult) => void
  readonly reject: (error: unknown) => void
}

const maxWaiting = 1_024
/** Commits that wait while the disk syncs share the next sync. Each stays a commit of its own. */
const group = { commits: 64, bytes: 8 * 1024 * 1024 }

/** Commits one after the other, as many as are waiting with one sync of the disk. */
export class CommitQueue {
  readonly #database: Database
  readonly #history: History
  readonly #written: () => void
  readonly #waiting: Waiting[] = []
  #working: Promise<void> | undefined
  #closed = false

  constructor(database: Database, history: History, written: () => void) {
    this.#database = database
    this.#history = history
    this.#written = written
  }

  /** Until its turn comes an aborted request has no effect; from then on it is carried out and its true outcome told. */
  commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(new PiccoloError('resource-exhausted', `${maxWaiting} commits are waiting for the disk already. Try again later.`))
    }
    return new Promise((resolve, reject) => {
      const withdraw = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        waiting.release()
        reject(new PiccoloError('aborted', 'The commit was aborted before it was written.', { cause: signal.reason }))
      }
      const waiting: Waiting = { request: copied(request), release: () => signal.removeEventListener('abort', withdraw), resolve, reject }
      this.#waiting.push(waiting)
      signal.addEventListener('abort', withdraw)
      this.#working ??= this.#work()
    })
  }

  /** Refuses what waits and resolves once nothing is being written any more. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject, release } of this.#waiting.splice(0)) {
      release()
      reject(new PiccoloError('failed-precondition', 'The store was closed.'))
    }
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#take()
      try {
        const results = await this.#write(taken.map(({ request }) => request))
        for (const [index, { resolve, reject }] of taken.entries()) {
          const result = results[index]
          if (result === undefined) reject(new PiccoloError('internal', 'A commit was left without a result.'))
          else resolve(result)
        }
      } catch (error) {
        for (const { reject } of taken) reject(error)
      }
    }
    this.#working = undefined
  }

  #take(): Waiting[] {
    let bytes = 0
    const fitting = this.#waiting.findIndex(({ request }, index) => {
      bytes += bytesOf(request)
      return index === group.commits || (index > 0 && bytes > group.bytes)
    })
    const taken = this.#waiting.splice(0, fitting < 0 ? this.#waiting.length : fitting)
    for (const { release } of taken) release()
    return taken
  }

  async #write(requests: readonly CommitRequest[]): Promise<readonly CommitResult[]> {
    if (this.#database.needsReopening) await this.#reopen()
    const keys = [...new Set(requests.flatMap(({ preconditions, mutations }) => [...preconditions, ...mutations].map(({ key }) => key)))]
    const stored = await this.#database.current(keys)
    const plan = planGroup(requests, new Map(keys.map((key, index) => [key, stored[index]])), this.#history.revision)
    if (plan.commits.length === 0) return plan.results

    const records = plan.commits.map((commit) => ({ revision: commit.revision, bytes: encodeCommit(commit) }))
    const sizes = records.map(({ bytes }) => bytes.byteLength)
    const compacted = this.#history.compactedBy(sizes)
    const written = new Set(plan.commits.flatMap(({ changes }) => changes.map(({ key }) => key)))
    await this.#database.write([
      ...[...written].map((key) => currentOperation(key, plan.entries.get(key))),
      ...records.flatMap(({ revision, bytes }): Operation[] => [
        { type: 'put', key: historyKey(revision), value: bytes },
        { type: 'put', key: sizeKey(revision), value: encodeSize(bytes.byteLength) },
      ]),
      ...revisions(this.#history.compacted, compacted).flatMap((revision): Operation[] => [
        { type: 'del', key: historyKey(revision) },
        { type: 'del', key: sizeKey(revision) },
      ]),
      { type: 'put', key: metaKey, value: encodeMeta({ revision: this.#history.revision + BigInt(records.length), compacted }) },
    ])
    this.#history.add(plan.commits, sizes)
    this.#written()
    return plan.results
  }

  async #reopen(): Promise<void> {
    if (this.#closed) throw new PiccoloError('failed-precondition', 'The store was closed.')
    this.#history.reset(await this.#database.reopen())
    this.#written()
  }
}

function currentOperation(key: string, entry: StoreEntry | undefined): Operation {
  return entry === undefined ? { type: 'del', key: currentKey(key) } : { type: 'put', key: currentKey(key), value: encodeEntry(entry) }
}

/** Those above `after`, up to and with `last`. */
function revisions(after: bigint, last: bigint): bigint[] {
  return Array.from({ length: Number(last - after) }, (_, index) => after + 1n + BigInt(index))
}

/** The caller keeps its bytes; what waits here must not change under us. */
function copied({ preconditions, mutations }: CommitRequest): CommitRequest {
  return {
    preconditions: [...preconditions],
    mutations: mutations.map((mutation) => (mutation.type === 'put' ? { ...mutation, value: mutation.value.slice() } : mutation)),
  }
}

function bytesOf({ mutations }: CommitRequest): number {
  return mutations.reduce((sum, mutation) => sum + (mutation.type === 'put' ? mutation.value.byteLength : 0), 0)
}
