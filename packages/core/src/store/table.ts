import { PiccoloError } from '../errors/index.js'
import type { Mutation, Precondition, Revision, StoreEntry } from '../spi/index.js'
import { canonicalJson, parseCanonicalJson } from './canonical-json.js'
import type { CallOptions } from './deadline.js'
import { keyAfter, listAll } from './list-all.js'
import type { StoreReader } from './store-reader.js'

export interface TableOptions<Value> {
  /** Begins every key of the table; ends with a slash. */
  readonly prefix: string
  /** Makes a value of parsed JSON, or throws. Be tolerant: keep unknown fields, a later release may have written them. */
  readonly parse: (json: unknown, id: string) => Value
  /** The JSON form of a value, bigints allowed. Default: the value itself. */
  readonly serialize?: (value: Value) => unknown
}

/** A value with where it is and since when. */
export interface Stored<Value> {
  /** The key without the table's prefix. */
  readonly id: string
  readonly key: string
  readonly value: Value
  /** Revision of the commit that last wrote it. */
  readonly revision: Revision
  readonly createRevision: Revision
}

export interface PageOptions extends CallOptions {
  /** Only ids that begin with this. */
  readonly within?: string
  /** Go on behind this id: `next` of the page before. */
  readonly after?: string
  readonly limit?: number
  readonly reverse?: boolean
  /** `revision` of the first page, so that all pages show one moment. */
  readonly revision?: Revision
}

export interface Page<Value> {
  readonly entries: readonly Stored<Value>[]
  readonly revision: Revision
  /** Give it as `after` for what follows; undefined = this was the last page. */
  readonly next: string | undefined
}

/** Typed values below one prefix. Reads go through a store; writes are mutations and preconditions to put together in one commit. */
export interface Table<Value> {
  readonly prefix: string
  key(id: string): string
  /** Inverse of `key`. */
  id(key: string): string
  /** Throws `invalid-argument` for a value that `parse` would not take back: stored, it would stop whoever reads the table. */
  put(id: string, value: Value): Mutation
  delete(id: string): Mutation
  /** The entry must still be what was read. */
  unchanged(stored: Pick<Stored<unknown>, 'key' | 'revision'>): Precondition
  /** There must be no such entry. */
  absent(id: string): Precondition
  get(reader: StoreReader, id: string, call?: CallOptions): Promise<Stored<Value> | undefined>
  /** Every entry (below `within`) as of one revision, in key order. For sets that fit in memory; otherwise `page`. */
  list(reader: StoreReader, options?: CallOptions & { readonly within?: string }): Promise<Omit<Page<Value>, 'next'>>
  page(reader: StoreReader, options?: PageOptions): Promise<Page<Value>>
  /** Throws `corrupt`, naming the key, for bytes that `parse` does not take. */
  decode(entry: StoreEntry): Stored<Value>
  /** The bytes that `put` writes: canonical JSON in UTF-8, so equal values have equal bytes and digests. */
  encode(value: Value): Uint8Array
}

/** A table of values kept as canonical JSON. */
export function table<Value>({ prefix, parse, serialize = (value) => value }: TableOptions<Value>): Table<Value> {
  return tableOf(prefix, {
    check: (value, id) => void parse(serialize(value), id),
    encode: (value) => new TextEncoder().encode(canonicalJson(serialize(value))),
    decode: (bytes, id) => parse(parseCanonicalJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), id),
  })
}

/** A table of bytes kept as they are, for content that is named by its digest. */
export function bytesTable(prefix: string): Table<Uint8Array> {
  return tableOf(prefix, { check: () => undefined, encode: (bytes) => bytes, decode: (bytes) => bytes })
}

interface Codec<Value> {
  /** Throws unless `decode` would take what `encode` makes of it. */
  check(value: Value, id: string): void
  encode(value: Value): Uint8Array
  decode(bytes: Uint8Array, id: string): Value
}

function tableOf<Value>(prefix: string, codec: Codec<Value>): Table<Value> {
  const key = (id: string): string => prefix + id
  const idOf = (of: string): string => of.slice(prefix.length)
  const decode = (entry: StoreEntry): Stored<Value> => {
    const id = idOf(entry.key)
    try {
      const value = codec.decode(entry.value, id)
      return { id, key: entry.key, value, revision: entry.modRevision, createRevision: entry.createRevision }
    } catch (error) {
      throw corrupt(entry.key, error)
    }
  }
  return {
    prefix,
    key,
    id: idOf,
    encode: codec.encode,
    decode,
    put(id, value) {
      try {
        codec.check(value, id)
      } catch (error) {
        throw new PiccoloError('invalid-argument', `What is to be stored as ${key(id)} could not be read back: ${reasonOf(error)}.`, { cause: error })
      }
      return { type: 'put', key: key(id), value: codec.encode(value) }
    },
    delete: (id) => ({ type: 'delete', key: key(id) }),
    unchanged: (stored) => ({ key: stored.key, modRevision: stored.revision }),
    absent: (id) => ({ key: key(id), modRevision: 0n }),
    async get(reader, id, call) {
      const entry = await reader.get(key(id), call)
      return entry && decode(entry)
    },
    async list(reader, { within = '', ...call } = {}) {
      const { entries, revision } = await listAll(reader, key(within), call)
      return { entries: entries.map(decode), revision }
    },
    async page(reader, { within = '', after, ...options } = {}) {
      const from = after === undefined ? {} : options.reverse === true ? { end: key(after) } : { start: keyAfter(key(after)) }
      const { entries, revision, more } = await reader.list(key(within), { ...options, ...from })
      const last = entries.at(-1)
      return { entries: entries.map(decode), revision, next: more && last !== undefined ? idOf(last.key) : undefined }
    },
  }
}

function corrupt(key: string, error: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The stored value of ${key} can't be read: ${reasonOf(error)}. Restore it from a backup, or delete the key.`, {
    details: { key },
    cause: error,
  })
}

/** A schema's error is a list of issues; people get a line of it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('issues' in error) || !Array.isArray(error.issues)) return error.message
  const issues = error.issues as readonly { readonly path?: readonly PropertyKey[]; readonly message?: string }[] // as schema libraries have them
  return issues.map(({ path = [], message = '' }) => [path.map(String).join('.'), message].filter((part) => part !== '').join(': ')).join('; ')
}
