import type { ListOptions, ListResult, StoreEntry } from '../spi/index.js'
import type { CallOptions } from './deadline.js'

/** What tables read through: a {@link Store}, or the reader of an update, which remembers what was read. */
export interface StoreReader {
  get(key: string, options?: CallOptions): Promise<StoreEntry | undefined>
  /** One page. */
  list(prefix: string, options?: ListOptions & CallOptions): Promise<ListResult>
}
