import { compareKeys, PiccoloError, type ListOptions, type ListResult, type Revision, type StoreEntry } from '@piccolo/core/spi'
import type { Snapshot } from 'classic-level'
import type { Database } from './database.js'
import { corruption } from './errors.js'
import { commitsOf, compacted } from './history.js'
import { currentKey, endOf, historyEnd, historyKey, keyOfCurrent, metaKey } from './layout.js'
import { decodeMeta, type Meta } from './records.js'

/** A page ends after this many entries, or once they weigh this much. */
const page = { entries: 1_000, bytes: 4 * 1024 * 1024 }

/** Fetched from LevelDB at a time: each fetch is a trip to another thread. */
const highWaterMarkBytes = 128 * 1024

/** One page of what was below the prefix at a revision: what is there now, with what was written since undone. */
export async function listAt(database: Database, prefix: string, options: ListOptions): Promise<ListResult> {
  const { level } = database
  return database.guarded(async () => {
    const snapshot = level.snapshot()
    try {
      const meta = await metaIn(database, snapshot)
      const revision = options.revision ?? meta.revision
      if (revision > meta.revision) throw new PiccoloError('invalid-argument', `There is no revision ${revision} yet.`)
      if (revision < meta.compacted) throw compacted(revision)
      const past = revision === meta.revision ? new Map<string, undefined>() : await changedSince(database, snapshot, revision)
      return { revision, ...(await merged({ database, snapshot, prefix, options, past })) }
    } finally {
      await snapshot.close()
    }
  })
}

async function metaIn({ level, directory }: Database, snapshot: Snapshot): Promise<Meta> {
  const bytes = await level.get(metaKey, { snapshot })
  if (bytes === undefined) return { revision: 0n, compacted: 0n }
  const meta = decodeMeta(bytes)
  if (meta === undefined) throw corruption(directory, 'its head fails its checksum')
  return meta
}

/** Every key written after the revision, with what it was then. */
async function changedSince({ level, directory }: Database, snapshot: Snapshot, revision: Revision): Promise<Map<string, StoreEntry | undefined>> {
  const past = new Map<string, StoreEntry | undefined>()
  for await (const record of level.iterator({ gte: historyKey(revision + 1n), lt: historyEnd, snapshot })) {
    for (const { changes } of commitsOf([record], directory)) {
      for (const { key, before } of changes) if (!past.has(key)) past.set(key, before)
    }
  }
  return past
}

interface Merge {
  readonly database: Database
  readonly snapshot: Snapshot
  readonly prefix: string
  readonly options: ListOptions
  /** Keys that were different then. */
  readonly past: ReadonlyMap<string, StoreEntry | undefined>
}

async function merged({ database, snapshot, prefix, options, past }: Merge): Promise<Pick<ListResult, 'entries' | 'more'>> {
  const reverse = options.reverse === true
  const limit = Math.min(options.limit ?? page.entries, page.entries)
  const { entries: current, more } = await unchanged({ database, snapshot, prefix, options, past }, limit)
  const order = (a: string, b: string): number => (reverse ? compareKeys(b, a) : compareKeys(a, b))
  const last = current.at(-1)
  const restored = [...past.values()].filter((entry): entry is StoreEntry =>
    // Behind a page that is full already, what was there then belongs to a later page.
    entry !== undefined && within(entry.key, prefix, options) && !(more && last !== undefined && order(entry.key, last.key) > 0))
  if (restored.length === 0) return { entries: current, more }
  const entries = [...current, ...restored].sort((a, b) => order(a.key, b.key))
  return { entries: entries.slice(0, limit), more: more || entries.length > limit }
}

/** The first entries that are now as they were then, and whether there are more of them. */
async function unchanged({ database, snapshot, prefix, options, past }: Merge, limit: number): Promise<{ entries: StoreEntry[]; more: boolean }> {
  const entries: StoreEntry[] = []
  let bytes = 0
  for await (const [keyBytes, value] of database.level.iterator({ ...rangeOf(prefix, options), reverse: options.reverse === true, snapshot, highWaterMarkBytes })) {
    const key = keyOfCurrent(keyBytes)
    if (past.has(key)) continue
    if (entries.length === limit || bytes >= page.bytes) return { entries, more: true }
    const entry = database.entry(key, value)
    if (entry === undefined) continue
    entries.push(entry)
    bytes += entry.value.byteLength
  }
  return { entries, more: false }
}

function rangeOf(prefix: string, { start, end }: ListOptions): { readonly gte: Buffer; readonly lt: Buffer } {
  const first = currentKey(start !== undefined && compareKeys(start, prefix) > 0 ? start : prefix)
  const last = endOf(currentKey(prefix))
  const asked = end === undefined ? last : currentKey(end)
  return { gte: first, lt: Buffer.compare(asked, last) < 0 ? asked : last }
}

function within(key: string, prefix: string, { start, end }: ListOptions): boolean {
  return key.startsWith(prefix) && (start === undefined || compareKeys(key, start) >= 0) && (end === undefined || compareKeys(key, end) < 0)
}
