import { comparePositions, type JournalStorage } from '../../link/index.js'
import type { JournalEntry, JournalPosition } from '../../protocol/index.js'
import type { Digest, Disk } from '../../spi/index.js'
import { decodeLine, encodeLine } from './journal-line.js'

interface Segment {
  readonly path: string
  last: JournalPosition
  bytes: number
}

const folder = 'journal'
/** A segment is closed beyond this, and removed once everything in it is acknowledged. One found at a start is closed. */
const segmentBytes = 64 * 1024
const uncut = new AbortController().signal

/**
 * A journal in append-only files. `<position>.log` files follow each other; a `<position>.snapshot` stands for everything
 * before it, so that a rewrite is one atomic replace whatever happens between it and the removal of what it replaced.
 */
export class DiskJournal implements JournalStorage {
  readonly #disk: Disk
  readonly #digest: Digest
  #segments: Segment[] = []

  constructor(disk: Disk, digest: Digest) {
    this.#disk = disk
    this.#digest = digest
  }

  async load(signal: AbortSignal): Promise<readonly JournalEntry[]> {
    const names = await this.#disk.list(folder, signal)
    const start = names.findLastIndex((name) => name.endsWith('.snapshot'))
    const entries: JournalEntry[] = []
    for (const name of names.slice(Math.max(0, start))) {
      const path = `${folder}/${name}`
      const read = await this.#readSegment(path, signal)
      const last = read.at(-1)?.position
      if (last === undefined) await this.#remove(path)
      else this.#segments.push({ path, last, bytes: segmentBytes })
      entries.push(...read)
    }
    for (const name of names.slice(0, Math.max(0, start))) await this.#remove(`${folder}/${name}`)
    return entries
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    this.#segments = []
    for (const name of await this.#disk.list(folder, uncut).catch(() => [])) await this.#remove(`${folder}/${name}`)
  }

  async append(entries: readonly JournalEntry[], { durable }: { readonly durable: boolean }): Promise<void> {
    const [first] = entries
    const last = entries.at(-1)
    if (first === undefined || last === undefined) return
    const bytes = encodeLines(entries, this.#digest)
    const segment = this.#segmentFor(first.position)
    await this.#disk.append(segment.path, bytes, uncut)
    if (durable) await this.#disk.sync(segment.path, uncut)
    segment.last = last.position
    segment.bytes += bytes.length
  }

  async trim(upTo: JournalPosition): Promise<void> {
    const done = this.#segments.filter((segment) => comparePositions(segment.last, upTo) <= 0 && segment.bytes >= segmentBytes)
    this.#segments = this.#segments.filter((segment) => !done.includes(segment))
    for (const { path } of done) await this.#remove(path)
  }

  async rewrite(entries: readonly JournalEntry[]): Promise<void> {
    const last = entries.at(-1)?.position
    if (last === undefined) return
    const path = `${folder}/${nameOf(last)}.snapshot`
    const bytes = encodeLines(entries, this.#digest)
    await this.#disk.replace(path, bytes, uncut)
    const replaced = this.#segments
    this.#segments = [{ path, last, bytes: segmentBytes }]
    for (const old of replaced) if (old.path !== path) await this.#remove(old.path)
  }

  #segmentFor(first: JournalPosition): Segment {
    const open = this.#segments.at(-1)
    if (open !== undefined && open.bytes < segmentBytes) return open
    const segment = { path: `${folder}/${nameOf(first)}.log`, last: first, bytes: 0 }
    this.#segments.push(segment)
    return segment
  }

  async #readSegment(path: string, signal: AbortSignal): Promise<readonly JournalEntry[]> {
    const bytes = await this.#disk.read(path, signal)
    const entries: JournalEntry[] = []
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      const entry = decodeLine(line, this.#digest)
      const before = entries.at(-1)
      const later = entry !== undefined && (before === undefined || comparePositions(before.position, entry.position) < 0)
      if (later) entries.push(entry)
    }
    return entries
  }

  /** What can't be removed is obsolete all the same. */
  async #remove(path: string): Promise<void> {
    await this.#disk.remove(path, uncut).catch(() => undefined)
  }
}

/** Begins with a line break, so that a line torn by a failed append stays a line of its own. */
function encodeLines(entries: readonly JournalEntry[], digest: Digest): Uint8Array {
  return new TextEncoder().encode(`\n${entries.map((entry) => encodeLine(entry, digest)).join('')}`)
}

/** Sorts as text in the order of positions. */
function nameOf({ incarnation, seq }: JournalPosition): string {
  return `${String(incarnation).padStart(10, '0')}-${String(seq).padStart(12, '0')}`
}
