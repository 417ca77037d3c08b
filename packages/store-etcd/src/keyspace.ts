import { compareKeys, type ListOptions } from '@piccolo/core/spi'

/** Keys from `key` (inclusive) to `range_end` (exclusive), as etcd calls them. */
export interface KeyRange {
  readonly key: Buffer
  readonly range_end: Buffer
}

/**
 * Where a store's keys are in etcd:
 *
 *     <prefix>data/<key>    what was put
 *     <prefix>head          written by every commit: its modRevision tells which was the last one
 */
export class Keyspace {
  readonly prefix: string
  readonly head: Buffer
  readonly everything: KeyRange
  readonly #data: Buffer

  constructor(prefix: string) {
    this.prefix = prefix
    this.head = Buffer.from(`${prefix}head`)
    this.everything = beginningWith(Buffer.from(prefix))
    this.#data = Buffer.from(`${prefix}data/`)
  }

  bytesOf(key: string): Buffer {
    return Buffer.concat([this.#data, Buffer.from(key)])
  }

  /** The key without what the store puts before it; undefined for what is no key of its callers. */
  keyOf(bytes: Buffer): string | undefined {
    return bytes.subarray(0, this.#data.length).equals(this.#data) ? bytes.toString('utf8', this.#data.length) : undefined
  }

  /** What begins with `prefix`, from `start` to `end`. Nothing is in it when `end` is not above `start`. */
  rangeOf(prefix: string, { start, end }: Pick<ListOptions, 'start' | 'end'>): KeyRange {
    const whole = beginningWith(this.bytesOf(prefix))
    const key = start !== undefined && compareKeys(start, prefix) > 0 ? this.bytesOf(start) : whole.key
    const asked = end === undefined ? whole.range_end : this.bytesOf(end)
    const last = Buffer.compare(asked, whole.range_end) < 0 ? asked : whole.range_end
    // To etcd an end below its start is nothing, an empty one a single key.
    return { key, range_end: last }
  }
}

/** No UTF-8 text contains the byte 255. */
function beginningWith(key: Buffer): KeyRange {
  return { key, range_end: Buffer.concat([key, Buffer.of(255)]) }
}
