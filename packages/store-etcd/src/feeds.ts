import { PiccoloError, type Clock, type Revision } from '@piccolo/core/spi'
import { bounded } from './bounded.js'
import type { Client, Head } from './client.js'
import { commitsAfter } from './commits-after.js'
import type { Connection } from './connection.js'
import { tooLate } from './errors.js'
import { Feed, type FeedReader } from './feed.js'
import type { Keyspace } from './keyspace.js'

export interface FeedsOptions {
  readonly connection: Connection
  readonly addresses: readonly string[]
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly deadlineMs: number
}

/** A commit elsewhere in etcd is to be told within a second; most of what was heard of arrives by itself in much less. */
const payAfterMs = 300

/** The feeds of one store: mostly one, and another for each watch that is further behind. */
export class Feeds {
  readonly #options: FeedsOptions
  readonly #running = new Map<Feed, { readonly stop: AbortController; readonly ended: Promise<void> }>()
  #heard: Revision = 0n

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  /** A place behind `after` in a feed that reaches back so far, or in a new one. To be left in the end. */
  join(after: Revision): FeedReader {
    for (const feed of this.#running.keys()) {
      const reader = feed.join(after)
      if (reader !== undefined) return reader
    }
    const reader = this.#start(after).join(after)
    if (reader === undefined) throw new PiccoloError('internal', 'A feed does not reach back to where it begins.')
    return reader
  }

  /** Somebody was told of this revision. */
  hear(revision: Revision): void {
    if (revision <= this.#heard) return
    this.#heard = revision
    for (const feed of this.#running.keys()) feed.owe(revision)
  }

  /** Ends all feeds; resolves once they have ended. */
  async close(): Promise<void> {
    const feeds = [...this.#running.values()]
    for (const { stop } of feeds) stop.abort(closed())
    await Promise.all(feeds.map(({ ended }) => ended))
  }

  #start(after: Revision): Feed {
    const stop = new AbortController()
    const feed = new Feed(after, () => stop.abort(closed()))
    feed.owe(this.#heard)
    const ended = this.#fill(feed, stop.signal)
      .catch((error: unknown) => feed.end(error))
      .finally(() => this.#running.delete(feed))
    this.#running.set(feed, { stop, ended })
    return feed
  }

  /** Until the connection is lost or the signal aborted: then it throws. */
  async #fill(feed: Feed, signal: AbortSignal): Promise<never> {
    const { connection } = this.#options
    const client = await this.#bounded(signal, (inner) => connection.client(inner))
    // Also sees to it that etcd knows our token: a watch with a forgotten one would be told that it lacks permission.
    feed.vouch(await this.#head(client, signal))
    const end = new AbortController()
    const onAbort = (): void => end.abort(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    const work = [this.#read(feed, client, end.signal), this.#pay(feed, client, end.signal)]
    try {
      return await Promise.race(work)
    } finally {
      signal.removeEventListener('abort', onAbort)
      end.abort(closed())
      await Promise.allSettled(work)
    }
  }

  async #read(feed: Feed, client: Client, signal: AbortSignal): Promise<never> {
    const { keyspace, clock, deadlineMs } = this.#options
    const commits = commitsAfter({ client, keyspace, after: feed.position, clock, deadlineMs, signal })
    for (;;) {
      const { value } = await commits.next()
      feed.push(value)
      await feed.room(signal)
    }
  }

  /** etcd tells a watch only of what is written below its prefix. That there is nothing between is found out where somebody may wait to know. */
  async #pay(feed: Feed, client: Client, signal: AbortSignal): Promise<never> {
    for (;;) {
      await feed.owing(signal)
      await this.#pause(payAfterMs, signal)
      if (signal.aborted) throw signal.reason
      if (feed.owes) feed.vouch(await this.#head(client, signal))
    }
  }

  #head(client: Client, signal: AbortSignal): Promise<Head> {
    return this.#bounded(signal, (inner) => client.head(inner), client)
  }

  #bounded<Result>(signal: AbortSignal, run: (signal: AbortSignal) => Promise<Result>, client?: Client): Promise<Result> {
    const { clock, deadlineMs, addresses } = this.#options
    const asked = client === undefined ? addresses : [client.asked.address]
    return bounded({ clock, deadlineMs, late: () => tooLate(asked, deadlineMs), signals: [signal] }, run)
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = this.#options.clock.schedule(ms, done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }
}

function closed(): PiccoloError {
  return new PiccoloError('failed-precondition', 'Nobody watches any more.')
}
