import { PiccoloError, type Revision } from '@piccolo/core/spi'
import type { Contents, Database } from './database.js'
import { corruption } from './errors.js'
import { historyEnd, historyKey, revisionOf } from './layout.js'
import { decodeCommit, type PastCommit } from './records.js'
import { Sizes, type SizeLimits } from './sizes.js'

/** Commits read from the disk at a time, for a watch that is far behind. */
const chunkCommits = 64

/** What is kept in memory, so that a watch that keeps up never reads the disk. */
const recentLimits: SizeLimits = { commits: 1_024, bytes: 4 * 1024 * 1024 }

/** The commits still known: how far they reach, the newest in memory, all of them on the disk. */
export class History {
  readonly #database: Database
  readonly #limits: SizeLimits
  #revision: Revision = 0n
  #kept = new Sizes()
  #recent: PastCommit[] = []
  #recentSizes = new Sizes()

  constructor(database: Database, limits: SizeLimits) {
    this.#database = database
    this.#limits = limits
  }

  get revision(): Revision {
    return this.#revision
  }

  /** Takes over what a database that was just opened holds. */
  reset({ revision, sizes }: Contents): void {
    this.#revision = revision
    this.#kept = new Sizes(sizes)
    this.#recent = []
    this.#recentSizes = new Sizes()
  }

  /** Revision up to which history is gone. */
  get compacted(): Revision {
    return this.#revision - BigInt(this.#kept.count)
  }

  /** Up to which revision history has to go when commits of these sizes come. At least the newest commit stays. */
  compactedBy(sizes: readonly number[]): Revision {
    return this.compacted + BigInt(this.#kept.excess(sizes, this.#limits))
  }

  /** Takes in commits that are on the disk now. */
  add(commits: readonly PastCommit[], sizes: readonly number[]): void {
    this.#revision += BigInt(commits.length)
    this.#kept.append(sizes, this.#limits)
    this.#recent.push(...commits)
    this.#recent.splice(0, this.#recentSizes.append(sizes, recentLimits))
  }

  /** Some of the commits after `revision`, in order and without a gap; none = that was the last. Throws `compacted`. */
  async after(revision: Revision): Promise<readonly PastCommit[]> {
    if (revision >= this.#revision) return []
    if (revision < this.compacted) throw compacted(revision)
    const behind = Number(this.#revision - revision)
    if (behind <= this.#recent.length) return this.#recent.slice(-behind)
    const commits = await this.#read({ gte: historyKey(revision + 1n), lt: historyEnd, limit: chunkCommits })
    // Dropped between the check and the read: nothing may go missing unnoticed.
    if (commits[0]?.revision !== revision + 1n) throw compacted(revision)
    return commits
  }

  async #read(range: { readonly gte: Buffer; readonly lt: Buffer; readonly limit: number }): Promise<PastCommit[]> {
    const { level } = this.#database
    return commitsOf(await this.#database.guarded(() => level.iterator(range).all()), this.#database.directory)
  }
}

/** Reads history records that follow each other, and checks that they do. */
export function commitsOf(records: readonly (readonly [Uint8Array, Uint8Array])[], directory: string): PastCommit[] {
  const commits = records.map(([key, bytes]) => {
    const commit = decodeCommit(revisionOf(key), bytes)
    if (commit === undefined) throw corruption(directory, `commit ${revisionOf(key)} fails its checksum`)
    return commit
  })
  const hole = commits.findIndex(({ revision }, index) => revision !== (commits[0]?.revision ?? 0n) + BigInt(index))
  if (hole >= 0) throw corruption(directory, `the commit before ${commits[hole]?.revision} is missing`)
  return commits
}

export function compacted(revision: Revision): PiccoloError {
  return new PiccoloError('compacted', `The history from revision ${revision} on is no longer kept; list again.`, {
    details: { revision: String(revision) },
  })
}
