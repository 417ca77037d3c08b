import { chmod, mkdir, readdir, statfs } from 'node:fs/promises'
import { PiccoloError, type StoreEntry } from '@piccolo/core/spi'
import { ClassicLevel } from 'classic-level'
import { corruption, diskFull, translated } from './errors.js'
import { currentKey, metaKey, revisionOf, sizeEnd, sizeKey } from './layout.js'
import { decodeEntry, decodeMeta, decodeSize, format, type Meta } from './records.js'

export type Level = ClassicLevel<Buffer, Uint8Array>
export type Operation =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Buffer }

/** What an opened database says of itself. */
export interface Contents extends Meta {
  /** Size in bytes of each commit kept, oldest first. */
  readonly sizes: readonly number[]
}

/** Files that LevelDB makes, and what a file system may put into a folder of its own. */
const ownFile = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp)|lost|lost\+found)$/

/** Left free for what LevelDB writes of itself: a write that fails half-way costs more than one that is refused. */
const reserveBytes = 8 * 1024 * 1024

/** One LevelDB in one directory, its errors translated. After a failed write it can only be read, until it is opened anew. */
export class Database {
  readonly directory: string
  #level: Level | undefined
  #writeFailed = false

  constructor(directory: string) {
    this.directory = directory
  }

  /** Opens the directory, made if need be, and checks that its history has no hole. Throws with nothing left open. */
  async open(): Promise<Contents> {
    const level = await this.guarded(async () => {
      await prepare(this.directory)
      const opened: Level = new ClassicLevel<Buffer, Uint8Array>(this.directory, { keyEncoding: 'buffer', valueEncoding: 'view' })
      await opened.open()
      return opened
    })
    try {
      const contents = await this.guarded(() => contentsOf(level, this.directory))
      this.#level = level
      this.#writeFailed = false
      return contents
    } catch (error) {
      await level.close()
      throw error
    }
  }

  /** Releases the files and the lock; idempotent. */
  async close(): Promise<void> {
    const level = this.#level
    this.#level = undefined
    await level?.close()
  }

  /** Whether it has to be opened anew before it takes another write. */
  get needsReopening(): boolean {
    return this.#level === undefined || this.#writeFailed
  }

  /** Opens it anew after a failed write: what that write came to is known only then. Stays readable while the disk is full. */
  async reopen(): Promise<Contents> {
    await this.#checkSpace()
    await this.close()
    return this.open()
  }

  /** The database for reading. */
  get level(): Level {
    if (this.#level === undefined) throw new PiccoloError('unavailable', `The store in ${this.directory} is being opened anew.`)
    return this.#level
  }

  /** All or nothing, on the disk when it resolves. */
  async write(operations: readonly Operation[]): Promise<void> {
    const { level } = this
    await this.#checkSpace()
    try {
      await this.guarded(() => level.batch([...operations], { sync: true }))
    } catch (error) {
      this.#writeFailed = true
      throw error
    }
  }

  entry(key: string, bytes: Uint8Array | undefined): StoreEntry | undefined {
    if (bytes === undefined) return undefined
    const entry = decodeEntry(key, bytes)
    if (entry === undefined) throw corruption(this.directory, `the value of ${key} fails its checksum`)
    return entry
  }

  /** The current entries under these keys, in their order. */
  async current(keys: readonly string[]): Promise<(StoreEntry | undefined)[]> {
    const { level } = this
    const values = await this.guarded(() => level.getMany(keys.map(currentKey)))
    return keys.map((key, index) => this.entry(key, values[index]))
  }

  async #checkSpace(): Promise<void> {
    const { blocks, bavail, bsize } = await this.guarded(() => statfs(this.directory))
    // Some file systems don't count their blocks.
    if (blocks > 0 && bavail * bsize < reserveBytes) throw diskFull(this.directory)
  }

  async guarded<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      throw translated(error, this.directory)
    }
  }
}

/** The directory holds tokens and keys' digests: nobody else may look in. One that holds other things is left alone. */
async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const names = await readdir(directory)
  const foreign = names.find((name) => !ownFile.test(name))
  if (foreign !== undefined) {
    throw new PiccoloError('failed-precondition', `${directory} holds other things (${foreign}). Give the store a directory of its own.`)
  }
  // LevelDB would begin anew beside the data.
  if (!names.includes('CURRENT') && names.some((name) => /\.(log|ldb|sst)$/.test(name))) throw corruption(directory, 'the file CURRENT is missing')
  await chmod(directory, 0o700)
}

async function contentsOf(level: Level, directory: string): Promise<Contents> {
  const bytes = await level.get(metaKey)
  if (bytes === undefined) {
    const [any] = await level.keys({ limit: 1 }).all()
    if (any !== undefined) throw corruption(directory, 'its head is missing')
    return { revision: 0n, compacted: 0n, sizes: [] }
  }
  const meta = decodeMeta(bytes)
  if (meta === undefined) throw corruption(directory, 'its head fails its checksum')
  if (meta.format > format) {
    throw new PiccoloError('failed-precondition', `The store in ${directory} was written by a later release. Run that release, or a newer one.`)
  }
  const sizes = await level.iterator({ gte: sizeKey(0n), lt: sizeEnd }).all()
  const whole = sizes.every(([key], index) => revisionOf(key) === meta.compacted + 1n + BigInt(index))
  if (!whole || BigInt(sizes.length) !== meta.revision - meta.compacted) throw corruption(directory, 'commits are missing from its history')
  return { revision: meta.revision, compacted: meta.compacted, sizes: sizes.map(([, size]) => decodeSize(size)) }
}
