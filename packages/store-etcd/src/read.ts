import type { IKeyValue } from 'etcd3'
import { PiccoloError, type ListOptions, type ListResult, type Revision, type StoreEntry } from '@piccolo/core/spi'
import type { Client } from './client.js'
import { compacted, isTooHeavy } from './errors.js'
import type { Keyspace } from './keyspace.js'

export interface Reading {
  readonly client: Client
  readonly keyspace: Keyspace
  readonly signal: AbortSignal
}

/** Most entries on a page; fewer when they are too heavy for one message. */
const pageEntries = 1_000
/** By so much a page that was too heavy is made smaller. */
const lighter = 8

/** The entry now, and the revision as of which that is so. */
export async function readEntry(key: string, { client, keyspace, signal }: Reading): Promise<{ readonly entry: StoreEntry | undefined; readonly revision: Revision }> {
  const { kvs: [found], header } = await client.call(signal, (etcd, options) => etcd.kv.range({ key: keyspace.bytesOf(key) }, options))
  return { entry: found && entryOf(key, found), revision: BigInt(header.revision) }
}

/** One page of what is, or at a revision was, below the prefix. */
export async function readPage(prefix: string, options: ListOptions, reading: Reading): Promise<ListResult> {
  // To etcd revision 0 is now.
  if (options.revision !== undefined && options.revision < 1n) throw compacted(options.revision)
  for (let limit = Math.min(options.limit ?? pageEntries, pageEntries); ; limit = Math.ceil(limit / lighter)) {
    try {
      return await page(prefix, { ...options, limit }, reading)
    } catch (error) {
      if (isTooHeavy(error) && limit > 1) continue
      throw withRevision(error, options.revision)
    }
  }
}

async function page(prefix: string, options: ListOptions & { readonly limit: number }, { client, keyspace, signal }: Reading): Promise<ListResult> {
  const { limit, revision, reverse } = options
  const { kvs, more, header } = await client.call(signal, (etcd, callOptions) => etcd.kv.range({
    ...keyspace.rangeOf(prefix, options),
    limit,
    ...(revision !== undefined && { revision: String(revision) }),
    ...(reverse === true && { sort_order: 'Descend', sort_target: 'Key' }),
  }, callOptions))
  return { entries: kvs.map((found) => entryOf(keyspace.keyOf(found.key) ?? '', found)), revision: revision ?? BigInt(header.revision), more }
}

function entryOf(key: string, { value, create_revision, mod_revision }: IKeyValue): StoreEntry {
  // A copy: etcd3 hands out pieces of one large buffer, which the smallest of them would keep in memory.
  return { key, value: new Uint8Array(value), createRevision: BigInt(create_revision), modRevision: BigInt(mod_revision) }
}

function withRevision(error: unknown, revision: Revision | undefined): unknown {
  if (revision === undefined) return error
  if (PiccoloError.is(error, 'compacted')) return compacted(revision)
  if (PiccoloError.is(error, 'invalid-argument')) return new PiccoloError('invalid-argument', `There is no revision ${revision} yet.`, { cause: error })
  return error
}
