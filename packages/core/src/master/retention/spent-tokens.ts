import type { TokenRecord } from '../../model/records/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'

/** Keys of join tokens that nobody can use any more and nobody asks about. */
export async function* spentTokens({ store, clock }: MasterContext, longestMs: number, signal: AbortSignal): AsyncIterable<string> {
  const nowMs = clock.wallMs()
  let after: string | undefined
  do {
    const page = await tables.tokens.page(store, { signal, ...(after !== undefined && { after }) })
    for (const { key, value } of page.entries) if (nowMs - endOf(value) > longestMs) yield key
    after = page.next
  } while (after !== undefined)
}

function endOf({ used, revoked, expiresAtMs }: TokenRecord): number {
  return used?.atMs ?? revoked?.atMs ?? expiresAtMs
}
