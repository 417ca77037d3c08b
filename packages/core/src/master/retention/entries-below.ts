import type { StoreEntry } from '../../spi/index.js'
import { keyAfter, type StoreReader } from '../../store/index.js'

const pageEntries = 500

export interface EntriesOptions {
  /** From the last key to the first. */
  readonly reverse?: boolean
  readonly signal: AbortSignal
}

/** Every entry below a prefix in the order of keys, a page at a time: as much memory as a page takes, however many there are. */
export async function* entriesBelow(reader: StoreReader, prefix: string, { reverse = false, signal }: EntriesOptions): AsyncIterable<StoreEntry> {
  let from: { readonly start: string } | { readonly end: string } | undefined
  for (;;) {
    const { entries, more } = await reader.list(prefix, { ...from, reverse, limit: pageEntries, signal })
    yield* entries
    const last = entries.at(-1)
    if (!more || last === undefined) return
    from = reverse ? { end: last.key } : { start: keyAfter(last.key) }
  }
}
