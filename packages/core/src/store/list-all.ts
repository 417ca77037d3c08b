import { PiccoloError } from '../errors/index.js'
import type { Revision, StoreEntry } from '../spi/index.js'
import type { CallOptions } from './deadline.js'
import type { StoreReader } from './store-reader.js'

/** Often enough for a compaction that falls between two pages, not for one that always does. */
const attempts = 3

/** Every entry below the prefix as of one revision, page by page, each call with its own deadline. Starts over when history is compacted between pages. */
export async function listAll(
  reader: StoreReader,
  prefix: string,
  call: CallOptions = {},
): Promise<{ readonly entries: readonly StoreEntry[]; readonly revision: Revision }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pages(reader, prefix, call)
    } catch (error) {
      if (attempt === attempts || !PiccoloError.is(error, 'compacted')) throw error
    }
  }
}

async function pages(reader: StoreReader, prefix: string, call: CallOptions): Promise<{ entries: StoreEntry[]; revision: Revision }> {
  const first = await reader.list(prefix, call)
  const { revision } = first
  const entries = [...first.entries]
  for (let page = first; page.more; entries.push(...page.entries)) {
    const last = entries.at(-1)
    if (last === undefined) break
    page = await reader.list(prefix, { ...call, revision, start: keyAfter(last.key) })
  }
  return { entries, revision }
}

/** The smallest key above `key`. */
export function keyAfter(key: string): string {
  return `${key}\0`
}
