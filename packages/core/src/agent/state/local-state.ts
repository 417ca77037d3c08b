import { PiccoloError } from '../../errors/index.js'
import { emptySet, type ReplicaItem, type ReplicaSet, type ReplicaStorage } from '../../link/index.js'
import type { Digest, Disk } from '../../spi/index.js'
import { decodeSet, digestsOf, encodeSet, type SetFile } from './set-file.js'

export interface LoadedSet {
  /** `empty`: nothing was ever stored. `unreadable`: something was, and neither copy can be read. */
  readonly from: 'current' | 'previous' | 'empty' | 'unreadable'
  readonly set: ReplicaSet
  /** What was wrong with the copies that were passed over. */
  readonly reason?: string
}

const current = 'set'
const previous = 'set.previous'
const itemOf = (digest: string): string => `items/${digest}`
/** Writing the set is never cut short half way: it is brief, and the end of the process ends it anyway. */
const uncut = new AbortController().signal

/**
 * The assignment set on the node's disk. Contents are files named by digest; replacing the file `set` is the commit point. The
 * set before it stays, with its contents, as a way back from a rotten file.
 */
export class LocalState implements ReplicaStorage {
  readonly #disk: Disk
  readonly #digest: Digest
  /** The last good set file, as bytes and parsed. */
  #last: { readonly bytes: Uint8Array; readonly file: SetFile } | undefined
  /** Contents known to be on disk. */
  #stored = new Set<string>()
  #sweeping: Promise<void> = Promise.resolve()

  constructor(disk: Disk, digest: Digest) {
    this.#disk = disk
    this.#digest = digest
  }

  /** Reads what is held; never throws: an agent always boots. */
  async load(signal: AbortSignal): Promise<LoadedSet> {
    const newest = await this.#read(current, signal)
    if (newest.set !== undefined) return { from: 'current', set: newest.set }
    const older = await this.#read(previous, signal)
    if (older.set !== undefined) return { from: 'previous', set: older.set, reason: newest.problem ?? `${current} is missing` }
    const problems = [newest.problem, older.problem].filter((problem) => problem !== undefined)
    if (problems.length === 0) return { from: 'empty', set: emptySet }
    return { from: 'unreadable', set: emptySet, reason: problems.join('; ') }
  }

  async save(set: ReplicaSet): Promise<void> {
    await this.#sweeping
    const bytes = encodeSet(set, this.#digest)
    const contents = contentsOf(set.items.values())
    const missing = [...contents].filter(([digest]) => !this.#stored.has(digest))
    const before = this.#last
    await Promise.all([
      ...missing.map(([digest, content]) => this.#disk.replace(itemOf(digest), content, uncut)),
      ...(before === undefined ? [] : [this.#disk.replace(previous, before.bytes, uncut)]),
    ])
    await this.#disk.replace(current, bytes, uncut)
    this.#last = { bytes, file: decodeSet(bytes, this.#digest) }
    for (const digest of contents.keys()) this.#stored.add(digest)
    // The set is safe; what it leaves behind must not hold up its acknowledgement.
    this.#sweeping = this.#sweep(new Set([...contents.keys(), ...(before === undefined ? [] : digestsOf(before.file))]))
  }

  /** Resolves when nothing is being tidied up. */
  async idle(): Promise<void> {
    await this.#sweeping
  }

  async #read(name: string, signal: AbortSignal): Promise<{ readonly set?: ReplicaSet; readonly problem?: string }> {
    try {
      const bytes = await this.#disk.read(name, signal)
      if (bytes === undefined) return {}
      const file = decodeSet(bytes, this.#digest)
      const items = await Promise.all(file.items.map((item) => this.#readItem(item, signal)))
      this.#last = { bytes, file }
      this.#stored = digestsOf(file)
      return { set: { ...file, items: new Map(items.map((item) => [item.key, item])) } }
    } catch (error) {
      return { problem: `${name}: ${PiccoloError.from(error).message}` }
    }
  }

  async #readItem({ effective, ...item }: SetFile['items'][number], signal: AbortSignal): Promise<ReplicaItem> {
    const content = await this.#readContent(item.digest, signal)
    if (effective === undefined) return { ...item, content }
    return { ...item, content, effective: { digest: effective, content: await this.#readContent(effective, signal) } }
  }

  async #readContent(digest: string, signal: AbortSignal): Promise<Uint8Array> {
    const content = await this.#disk.read(itemOf(digest), signal)
    if (content === undefined) throw new PiccoloError('corrupt', `content ${digest} is missing`)
    if (this.#digest.sha256(content) !== digest) throw new PiccoloError('corrupt', `content ${digest} is damaged`)
    return content
  }

  /** Removes contents that neither this set nor the one before needs. What can't be removed now goes the next time. */
  async #sweep(needed: ReadonlySet<string>): Promise<void> {
    const names = await this.#disk.list('items', uncut).catch(() => [])
    const useless = names.filter((name) => !needed.has(name))
    for (const name of useless) this.#stored.delete(name)
    await Promise.all(useless.map((name) => this.#disk.remove(itemOf(name), uncut).catch(() => undefined)))
  }
}

function contentsOf(items: Iterable<ReplicaItem>): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>()
  for (const { digest, content, effective } of items) {
    contents.set(digest, content)
    if (effective !== undefined) contents.set(effective.digest, effective.content)
  }
  return contents
}
