import type { IEvent, IWatchResponse } from 'etcd3'
import type { Revision, StoreChange } from '@piccolo/core/spi'
import type { Keyspace } from './keyspace.js'

/** Everything that one commit changed in the store, in order; nothing = it is known that there is no other commit up to `revision`. */
export interface Commit {
  readonly revision: Revision
  readonly changes: readonly StoreChange[]
}

/** Puts the events of a watch together to commits. */
export class CommitAssembler {
  readonly #keyspace: Keyspace
  #last: Revision
  #open: { readonly revision: Revision; readonly changes: StoreChange[] } | undefined

  /** `after`: the watch was asked for what comes behind this revision. */
  constructor(keyspace: Keyspace, after: Revision) {
    this.#keyspace = keyspace
    this.#last = after
  }

  /**
   * The commits that are whole with this response. While a watch catches up, `header.revision` is far ahead of what was delivered; only
   * a response without events, sent by etcd of its own accord, vouches for it.
   */
  take({ events, fragment, header }: Pick<IWatchResponse, 'events' | 'fragment' | 'header'>): readonly Commit[] {
    if (events.length === 0) return this.#open === undefined ? this.#mark(BigInt(header.revision)) : []
    const whole: Commit[] = []
    for (const { type, kv } of events) {
      const revision = BigInt(kv.mod_revision)
      if (revision <= this.#last) continue
      if (this.#open?.revision !== revision) whole.push(...this.#close())
      this.#open ??= { revision, changes: [] }
      const change = this.#changeOf(type, kv)
      if (change !== undefined) this.#open.changes.push(change)
    }
    // A response never ends within a commit, unless it says that more of it follows.
    if (!fragment) whole.push(...this.#close())
    return whole
  }

  #close(): readonly Commit[] {
    const open = this.#open
    if (open === undefined) return []
    this.#open = undefined
    this.#last = open.revision
    return [open]
  }

  #mark(revision: Revision): readonly Commit[] {
    if (revision <= this.#last) return []
    this.#last = revision
    return [{ revision, changes: [] }]
  }

  #changeOf(type: IEvent['type'], { key: bytes, value, create_revision, mod_revision }: IEvent['kv']): StoreChange | undefined {
    const key = this.#keyspace.keyOf(bytes)
    if (key === undefined) return undefined
    if (type === 'Delete') return { type: 'delete', key }
    return { type: 'put', entry: { key, value, createRevision: BigInt(create_revision), modRevision: BigInt(mod_revision) } }
  }
}
