import { Agent, fetch as undiciFetch } from 'undici'
import { tokens, type RunningApi } from '../../../http-api/test/support/api.js'
import { createClient, type ClientOptions, type PiccoloClient } from '../../src/index.js'

/** As quick as a test wants it. */
export const reconnect = { minMs: 1, maxMs: 5 }

export function clientOf(api: RunningApi, options: Partial<ClientOptions> = {}): PiccoloClient {
  const dispatcher = new Agent({ connect: { ca: api.caPem, servername: 'piccolo-master' } })
  return createClient({ address: api.address, token: tokens.admin, reconnect, fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }), ...options })
}

/** The first so many, then leaves the loop. */
export async function take<Item>(items: AsyncIterable<Item>, count: number): Promise<readonly Item[]> {
  const taken: Item[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}
