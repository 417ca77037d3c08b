import { PiccoloError, type Random } from '@piccolo/core/spi'

interface File {
  readonly bytes: Uint8Array
  /** So many bytes from the start survive a power cut. */
  readonly durableBytes: number
}

/** Files by path, and what of them a power cut would take away. */
export class MemoryFiles {
  readonly #random: Random
  readonly #files = new Map<string, File>()
  /** Removed, but not yet for good. */
  readonly #removed = new Map<string, File>()

  constructor(random: Random) {
    this.#random = random
  }

  get totalBytes(): number {
    let total = 0
    for (const { bytes } of this.#files.values()) total += bytes.length
    return total
  }

  sizeOf(path: string): number {
    return this.#files.get(path)?.bytes.length ?? 0
  }

  read(path: string): Uint8Array | undefined {
    if (this.#isFolder(path)) throw blocked(path, 'it is a folder where a file is expected')
    return this.#files.get(path)?.bytes.slice()
  }

  list(folder: string): readonly string[] {
    if (this.#files.has(folder)) throw blocked(folder, 'it is a file where a folder is expected')
    const prefix = folder === '' ? '' : `${folder}/`
    const names = [...this.#files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/', 1).join(''))
    return [...new Set(names)].sort()
  }

  /** Syncs the folder as well, so what was removed from it stays so. */
  replace(path: string, bytes: Uint8Array): void {
    this.#checkPlace(path)
    this.#files.set(path, { bytes, durableBytes: bytes.length })
    this.#forgetRemoved(folderOf(path))
  }

  append(path: string, bytes: Uint8Array): void {
    this.#checkPlace(path)
    const before = this.#files.get(path) ?? { bytes: new Uint8Array(), durableBytes: 0 }
    this.#files.set(path, { bytes: joined(before.bytes, bytes), durableBytes: before.durableBytes })
    this.#removed.delete(path)
  }

  sync(path: string): void {
    const file = this.#files.get(path)
    if (file !== undefined) this.#files.set(path, { bytes: file.bytes, durableBytes: file.bytes.length })
    else this.#forgetRemoved(path)
  }

  remove(path: string): void {
    if (this.#isFolder(path)) throw blocked(path, 'it is a folder where a file is expected')
    const file = this.#files.get(path)
    if (file === undefined) return
    this.#files.delete(path)
    this.#removed.set(path, file)
  }

  loseUnsynced(): void {
    for (const [path, file] of this.#removed) if (this.#random.next() < 0.5) this.#files.set(path, file)
    this.#removed.clear()
    for (const [path, { bytes, durableBytes }] of this.#files) {
      const keptBytes = durableBytes + Math.floor(this.#random.next() * (bytes.length - durableBytes + 1))
      if (keptBytes === 0 && bytes.length > 0 && this.#random.next() < 0.5) this.#files.delete(path) // not even its name was kept
      else this.#files.set(path, { bytes: bytes.slice(0, keptBytes), durableBytes: keptBytes })
    }
  }

  clear(): void {
    this.#files.clear()
    this.#removed.clear()
  }

  #forgetRemoved(folder: string): void {
    for (const path of this.#removed.keys()) if (folderOf(path) === folder) this.#removed.delete(path)
  }

  #checkPlace(path: string): void {
    if (this.#isFolder(path)) throw blocked(path, 'it is a folder where a file is expected')
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) {
      if (this.#files.has(folder)) throw blocked(path, `${folder} is a file where a folder is expected`)
    }
  }

  #isFolder(path: string): boolean {
    if (path === '') return true
    for (const other of this.#files.keys()) if (other.startsWith(`${path}/`)) return true
    return false
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

function blocked(path: string, why: string): PiccoloError {
  return new PiccoloError('failed-precondition', `Cannot use ${path}: ${why}. Move it away.`, { details: { path } })
}
