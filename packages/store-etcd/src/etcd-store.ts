import { setMaxListeners } from 'node:events'
import { checkCommit, checkKey, PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import type {
  CommitRequest, CommitResult, ListOptions, ListResult, Revision, StateStore, StateStoreAdapter, StoreCapabilities, StoreEntry, WatchBatch,
} from '@piccolo/core/spi'
import { bounded, untilAborted } from './bounded.js'
import { Connection, type ConnectionOptions } from './connection.js'
import { tooLate } from './errors.js'
import { Feeds } from './feeds.js'
import { Keyspace } from './keyspace.js'
import { capabilitiesOf, parseEndpoints, parsePrefix, type EtcdStoreOptions } from './options.js'
import { readEntry, readPage, type Reading } from './read.js'
import { resultOf, transactionOf } from './transaction.js'
import { watched } from './watched.js'

interface Settings extends ConnectionOptions {
  readonly capabilities: StoreCapabilities
}

/** Calls on their way to etcd; more are refused. */
const maxCalls = 1_024

/**
 * The master's state in etcd, for masters that take turns and for state that outlives a machine. A commit is one transaction, and on the
 * disks of most members when it resolves. Throws `invalid-argument` for options that do not fit together.
 */
export function etcdStore(options: EtcdStoreOptions): StateStoreAdapter {
  const settings = {
    ...parseEndpoints(options),
    tls: options.tls,
    credentials: options.credentials,
    keyspace: new Keyspace(parsePrefix(options.prefix)),
    deadlineMs: options.deadlineMs ?? 3_000,
    capabilities: capabilitiesOf(options.limits ?? {}),
  }
  return (context) => new EtcdStore({ ...settings, context })
}

class EtcdStore implements StateStore {
  readonly capabilities: StoreCapabilities
  readonly #settings: Settings
  readonly #closed = new AbortController()
  readonly #calls = new Set<Promise<unknown>>()
  #backend: Backend
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'

  constructor(settings: Settings) {
    this.capabilities = settings.capabilities
    setMaxListeners(0, this.#closed.signal) // every call listens to it
    this.#settings = settings
    this.#backend = backendOf(settings)
  }

  async open(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#state !== 'new') throw new PiccoloError('failed-precondition', 'This store was opened before; make a new one.')
    this.#state = 'opening'
    try {
      await this.#within(signal, [signal, this.#closed.signal], (inner) => this.#backend.connection.client(inner))
      if (this.#state !== 'opening') throw notOpen('closed')
      this.#state = 'open'
    } catch (error) {
      const { connection } = this.#backend
      if (this.#state === 'opening') {
        this.#state = 'new'
        this.#backend = backendOf(this.#settings)
      }
      await connection.close()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#closed.abort(notOpen('closed'))
    const { connection, feeds } = this.#backend
    await feeds.close()
    await Promise.allSettled([...this.#calls]) // a commit on its way is told how it went
    await connection.close()
  }

  async get(key: string, signal: AbortSignal): Promise<StoreEntry | undefined> {
    this.#admit(signal)
    checkKey(key)
    const { entry, revision } = await this.#read(signal, (reading) => readEntry(key, reading))
    this.#backend.feeds.hear(revision)
    return entry
  }

  async list(prefix: string, options: ListOptions, signal: AbortSignal): Promise<ListResult> {
    this.#admit(signal)
    const result = await this.#read(signal, (reading) => readPage(prefix, options, reading))
    this.#backend.feeds.hear(result.revision)
    return result
  }

  async commit(request: CommitRequest, signal: AbortSignal): Promise<CommitResult> {
    this.#admit(signal)
    checkCommit(request, this.capabilities)
    const transaction = transactionOf(request, this.#settings.keyspace)
    const preconditions = [...request.preconditions]
    const answer = await this.#within(signal, [], async (inTime) => {
      const connected = untilAborted(this.#backend.connection.client(inTime), this.#closed.signal)
      const client = await untilAborted(connected, signal)
      // From here on only etcd knows whether it is written: no abort counts any more.
      return client.call(inTime, (etcd, options) => etcd.kv.txn(transaction, options))
    })
    const result = resultOf(answer, preconditions)
    this.#backend.feeds.hear(result.revision)
    return result
  }

  async *watch(prefix: string, { after }: { readonly after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (this.#state !== 'open') throw notOpen(this.#state)
    const goesOn = (): boolean => !signal.aborted && this.#state === 'open'
    yield* watched({ prefix, after, signal, goesOn, join: (position) => this.#backend.feeds.join(position) })
  }

  #admit(signal: AbortSignal): void {
    if (this.#state !== 'open') throw notOpen(this.#state)
    throwIfAborted(signal)
  }

  #read<Result>(signal: AbortSignal, run: (reading: Reading) => Promise<Result>): Promise<Result> {
    const { keyspace } = this.#settings
    return this.#within(signal, [signal, this.#closed.signal], async (inner) => {
      const client = await this.#backend.connection.client(inner)
      return run({ client, keyspace, signal: inner })
    })
  }

  /** Runs a call until it settles, time is up, or one of the signals ends it. */
  async #within<Result>(caller: AbortSignal, signals: readonly AbortSignal[], run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#calls.size >= maxCalls) {
      throw new PiccoloError('resource-exhausted', `${maxCalls} calls are waiting for etcd already. Try again later.`)
    }
    const { addresses, deadlineMs, context: { clock } } = this.#settings
    const call = bounded({ clock, deadlineMs, late: () => tooLate(addresses, deadlineMs), signals }, run)
    this.#calls.add(call)
    try {
      return await call
    } catch (error) {
      if (caller.aborted && error === caller.reason) throw new PiccoloError('aborted', 'The call was aborted.', { cause: error })
      throw error
    } finally {
      this.#calls.delete(call)
    }
  }
}

interface Backend {
  readonly connection: Connection
  readonly feeds: Feeds
}

/** Dials nothing before it is used. */
function backendOf(settings: Settings): Backend {
  const connection = new Connection(settings)
  return { connection, feeds: new Feeds({ ...settings, connection, clock: settings.context.clock }) }
}

function notOpen(state: 'new' | 'opening' | 'closed'): PiccoloError {
  return new PiccoloError('failed-precondition', `The store is ${state === 'closed' ? 'closed' : 'not open yet'}.`)
}
