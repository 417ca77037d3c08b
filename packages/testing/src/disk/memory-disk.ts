import { PiccoloError, throwIfAborted, type Cancel, type Disk, type Random } from '@piccolo/core/spi'
import { seededRandom } from '../random/seeded-random.js'
import { MemoryFiles } from './memory-files.js'

export interface MemoryDiskOptions {
  /** Decides what a crash keeps. Default: seed 0. */
  readonly random?: Random
  /** Default 1 GiB; can be changed later. */
  readonly totalBytes?: number
}

/** Files in memory that can lose what a power cut would lose. It outlives whoever uses it, as a real disk does. */
export interface MemoryDisk extends Disk {
  /** A power cut: of unsynced bytes a prefix stays, unsynced removals may be undone, the volatile area is empty, nobody watches, nobody has it locked. */
  crash(): void
  /** After this many further changes (replace, append, sync, remove) every call fails with `unavailable`, until `crash`. */
  cutPowerAfter(changes: number): void
  /** Changes made so far, the volatile area's not counted. */
  readonly changes: number
  /** Shrink it below what is stored and every write is `resource-exhausted`. */
  totalBytes: number
}

export function memoryDisk({ random = seededRandom(0), totalBytes = 2 ** 30 }: MemoryDiskOptions = {}): MemoryDisk {
  const power: Power = { changesLeft: Infinity }
  const volatile = new MemoryArea({ random, totalBytes, power })
  const durable = new MemoryArea({ random, totalBytes, power, volatile })
  return Object.assign(durable, {
    crash: () => {
      power.changesLeft = Infinity
      durable.loseUnsynced()
      volatile.clear()
    },
    cutPowerAfter: (changes: number) => {
      power.changesLeft = changes
    },
  })
}

interface Power {
  changesLeft: number
}

interface AreaParts {
  readonly random: Random
  readonly totalBytes: number
  readonly power: Power
  /** Absent: the area is its own volatile one. */
  readonly volatile?: MemoryArea
}

class MemoryArea implements Disk {
  totalBytes: number
  changes = 0
  readonly volatile: Disk
  readonly #files: MemoryFiles
  readonly #power: Power
  readonly #counted: boolean
  #owner: symbol | undefined
  readonly #watchers = new Set<{ readonly path: string; readonly changed: () => void }>()

  constructor({ random, totalBytes, power, volatile }: AreaParts) {
    this.totalBytes = totalBytes
    this.#files = new MemoryFiles(random)
    this.#power = power
    this.#counted = volatile !== undefined
    this.volatile = volatile ?? this
  }

  async read(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    await this.#admit(path, signal)
    return this.#files.read(path)
  }

  async replace(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#change(path, signal, () => {
      if (bytes.length - this.#files.sizeOf(path) > this.#free()) throw full(path)
      this.#files.replace(path, bytes.slice())
    })
  }

  /** What still fits is written before a full disk is told, as a real one does. */
  async append(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#change(path, signal, () => {
      const fits = Math.min(bytes.length, this.#free())
      this.#files.append(path, bytes.slice(0, fits))
      if (fits < bytes.length) throw full(path)
    })
  }

  async sync(path: string, signal: AbortSignal): Promise<void> {
    await this.#change(path, signal, () => this.#files.sync(path))
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#change(path, signal, () => this.#files.remove(path))
  }

  async list(path: string, signal: AbortSignal): Promise<readonly string[]> {
    await this.#admit(path, signal)
    return this.#files.list(path)
  }

  watch(path: string, changed: () => void): Cancel {
    checkPath(path)
    const watcher = { path, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async lock(signal: AbortSignal): Promise<Cancel> {
    await this.#admit('', signal)
    if (this.#owner !== undefined) throw new PiccoloError('conflict', 'This disk is in use. Stop who has it, or use another disk.')
    const owner = Symbol('owner')
    this.#owner = owner
    return () => {
      if (this.#owner === owner) this.#owner = undefined
    }
  }

  async free(signal: AbortSignal): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    await this.#admit('', signal)
    return { freeBytes: this.#free(), totalBytes: this.totalBytes }
  }

  loseUnsynced(): void {
    this.#watchers.clear()
    this.#owner = undefined
    this.#files.loseUnsynced()
  }

  clear(): void {
    this.#watchers.clear()
    this.#owner = undefined
    this.#files.clear()
  }

  #free(): number {
    return Math.max(0, this.totalBytes - this.#files.totalBytes)
  }

  async #change(path: string, signal: AbortSignal, change: () => void): Promise<void> {
    await this.#admit(path, signal)
    if (this.#counted) {
      this.#power.changesLeft -= 1
      this.changes += 1
    }
    try {
      change()
    } finally {
      for (const watcher of this.#watchers) if (watcher.path === path) queueMicrotask(() => this.#tell(watcher))
    }
  }

  #tell(watcher: { readonly path: string; readonly changed: () => void }): void {
    if (this.#watchers.has(watcher)) watcher.changed()
  }

  /** Waits a turn first, so that nobody leans on a file being there before its promise says so. */
  async #admit(path: string, signal: AbortSignal): Promise<void> {
    checkPath(path)
    throwIfAborted(signal)
    await Promise.resolve()
    if (this.#power.changesLeft <= 0) throw new PiccoloError('unavailable', 'The power of this disk is cut; crash() brings it back.')
  }
}

function checkPath(path: string): void {
  const parts = path === '' ? [] : path.split('/')
  if (!parts.some((part) => part === '' || part === '.' || part === '..')) return
  throw new PiccoloError('invalid-argument', `"${path}" is no path within this disk: expected names separated by "/", without "..".`, { details: { path } })
}

function full(path: string): PiccoloError {
  return new PiccoloError('resource-exhausted', `Cannot write ${path}: there is no space left. Give the disk more totalBytes.`, { details: { path } })
}
