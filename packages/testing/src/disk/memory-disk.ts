import { PiccoloError, throwIfAborted, type Cancel, type Clock, type Disk, type Random } from '@piccolo/core/spi'
import { Latency } from '../clock/latency.js'
import { manualClock } from '../clock/manual-clock.js'
import { seededRandom } from '../random/seeded-random.js'
import { MemoryFiles } from './memory-files.js'

export interface MemoryDiskOptions {
  /** Decides what a crash keeps, and how long things take. Default: seed 0. */
  readonly random?: Random
  /** What `latency` is measured by; needed only for a disk that takes time. */
  readonly clock?: Clock
  /** Default 1 GiB; can be changed later. */
  readonly totalBytes?: number
}

/** Files in memory that can lose what a power cut would lose. It outlives whoever uses it, as a real disk does. */
export interface MemoryDisk extends Disk {
  /** A power cut: of unsynced bytes a prefix stays, unsynced removals may be undone, the volatile area is empty, nobody watches, nobody has it locked. */
  crash(): void
  /** Whoever used it has died, as by kill -9: nobody watches, nobody has it locked; the files are as they were. */
  abandon(): void
  /**
   * After this many further changes (replace, append, sync, remove) every call fails with `unavailable`, until `crash`. `then` is
   * called at that very moment: before anybody hears that the last change was made.
   */
  cutPowerAfter(changes: number, then?: () => void): void
  /** Of every call: half of it before anything happens, half before the caller hears of it. */
  readonly latency: Latency
  /** Called at each change, the volatile area's included. */
  onChange(listener: (change: DiskChange) => void): Cancel
  /** Changes made so far, the volatile area's not counted. */
  readonly changes: number
  /** Shrink it below what is stored and every write is `resource-exhausted`. */
  totalBytes: number
}

export interface DiskChange {
  readonly kind: 'replace' | 'append' | 'sync' | 'remove'
  readonly path: string
  readonly bytes: number
  readonly volatile: boolean
}

export function memoryDisk({ random = seededRandom(0), clock = manualClock(), totalBytes = 2 ** 30 }: MemoryDiskOptions = {}): MemoryDisk {
  const power: Power = { changesLeft: Infinity, boots: 0, atCut: () => undefined }
  const listeners = new Set<(change: DiskChange) => void>()
  const latency = new Latency(clock, random)
  const parts = { random, totalBytes, power, latency, listeners }
  const volatile = new MemoryArea(parts)
  const durable = new MemoryArea({ ...parts, volatile })
  return Object.assign(durable, {
    latency,
    crash: () => {
      power.changesLeft = Infinity
      power.boots += 1
      durable.loseUnsynced()
      volatile.clear()
    },
    abandon: () => {
      durable.forgetUser()
      volatile.forgetUser()
    },
    cutPowerAfter: (changes: number, then: () => void = () => undefined) => {
      power.changesLeft = changes
      power.atCut = then
    },
    onChange: (listener: (change: DiskChange) => void): Cancel => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
}

interface Power {
  changesLeft: number
  /** What was under way when the power went is not done after the boot. */
  boots: number
  atCut: () => void
}

interface AreaParts {
  readonly random: Random
  readonly totalBytes: number
  readonly power: Power
  readonly latency: Latency
  readonly listeners: ReadonlySet<(change: DiskChange) => void>
  /** Absent: the area is its own volatile one. */
  readonly volatile?: MemoryArea
}

class MemoryArea implements Disk {
  totalBytes: number
  changes = 0
  readonly volatile: Disk
  readonly #files: MemoryFiles
  readonly #parts: AreaParts
  readonly #power: Power
  readonly #counted: boolean
  #owner: symbol | undefined
  /** Counts those who have used it: what a dead one asked for is not done. */
  #users = 0
  readonly #watchers = new Set<{ readonly path: string; readonly changed: () => void }>()

  constructor(parts: AreaParts) {
    this.totalBytes = parts.totalBytes
    this.#files = new MemoryFiles(parts.random)
    this.#parts = parts
    this.#power = parts.power
    this.#counted = parts.volatile !== undefined
    this.volatile = parts.volatile ?? this
  }

  async read(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#call(path, signal, () => this.#files.read(path))
  }

  async replace(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#change('replace', { path, bytes: bytes.length, signal }, () => {
      if (bytes.length - this.#files.sizeOf(path) > this.#free()) throw full(path)
      this.#files.replace(path, bytes.slice())
    })
  }

  /** What still fits is written before a full disk is told, as a real one does. */
  async append(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#change('append', { path, bytes: bytes.length, signal }, () => {
      const fits = Math.min(bytes.length, this.#free())
      this.#files.append(path, bytes.slice(0, fits))
      if (fits < bytes.length) throw full(path)
    })
  }

  async sync(path: string, signal: AbortSignal): Promise<void> {
    await this.#change('sync', { path, bytes: 0, signal }, () => this.#files.sync(path))
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#change('remove', { path, bytes: 0, signal }, () => this.#files.remove(path))
  }

  async list(path: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#call(path, signal, () => this.#files.list(path))
  }

  watch(path: string, changed: () => void): Cancel {
    checkPath(path)
    const watcher = { path, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async lock(signal: AbortSignal): Promise<Cancel> {
    const user = this.#users
    return this.#call('', signal, () => {
      if (user !== this.#users) throw new PiccoloError('unavailable', 'Who asked for the lock has died.')
      if (this.#owner !== undefined) throw new PiccoloError('conflict', 'This disk is in use. Stop who has it, or use another disk.')
      const owner = Symbol('owner')
      this.#owner = owner
      return () => {
        if (this.#owner === owner) this.#owner = undefined
      }
    })
  }

  async free(signal: AbortSignal): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#call('', signal, () => ({ freeBytes: this.#free(), totalBytes: this.totalBytes }))
  }

  forgetUser(): void {
    this.#watchers.clear()
    this.#owner = undefined
    this.#users += 1
  }

  loseUnsynced(): void {
    this.forgetUser()
    this.#files.loseUnsynced()
  }

  clear(): void {
    this.forgetUser()
    this.#files.clear()
  }

  #free(): number {
    return Math.max(0, this.totalBytes - this.#files.totalBytes)
  }

  #change(kind: DiskChange['kind'], { path, bytes, signal }: { readonly path: string; readonly bytes: number; readonly signal: AbortSignal }, change: () => void): Promise<void> {
    return this.#call(path, signal, () => {
      if (this.#counted) this.changes += 1
      for (const listener of this.#parts.listeners) listener({ kind, path, bytes, volatile: !this.#counted })
      try {
        change()
      } finally {
        for (const watcher of this.#watchers) if (watcher.path === path) queueMicrotask(() => this.#tell(watcher))
        this.#countDown()
      }
    })
  }

  #countDown(): void {
    if (!this.#counted) return
    this.#power.changesLeft -= 1
    if (this.#power.changesLeft === 0) this.#power.atCut()
  }

  #tell(watcher: { readonly path: string; readonly changed: () => void }): void {
    if (this.#watchers.has(watcher)) watcher.changed()
  }

  /** Waits a turn first, so that nobody leans on a file being there before its promise says so. */
  async #call<Result>(path: string, signal: AbortSignal, run: () => Result): Promise<Result> {
    checkPath(path)
    throwIfAborted(signal)
    const { boots } = this.#power
    await this.#parts.latency.wait(0.5)
    if (this.#power.changesLeft <= 0 || this.#power.boots !== boots) throw new PiccoloError('unavailable', 'The power of this disk is cut; crash() brings it back.')
    const result = run()
    await this.#parts.latency.wait(0.5)
    return result
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
