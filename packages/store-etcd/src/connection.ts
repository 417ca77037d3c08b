import { PiccoloError, type AdapterContext, type MonotonicMs } from '@piccolo/core/spi'
import { bounded, untilAborted } from './bounded.js'
import { Client } from './client.js'
import { tooLate } from './errors.js'
import type { Keyspace } from './keyspace.js'
import type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from './options.js'

export interface ConnectionOptions {
  readonly context: AdapterContext
  /** `host:port` of each member. */
  readonly addresses: readonly string[]
  readonly secure: boolean
  readonly tls: EtcdStoreOptions['tls']
  readonly credentials: EtcdCredentials | undefined
  readonly keyspace: Keyspace
  readonly deadlineMs: number
}

/** How long TLS material counts as current. */
const materialMs = 60_000

/** The client in use. A new one, over whichever member answers first, is made when it is asked for after a loss, and when our TLS material has changed. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #closed = new AbortController()
  #client: Client | undefined
  #connecting: Promise<Client> | undefined
  #material: EtcdTls | undefined
  #lookedMs: MonotonicMs | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** A client that has answered, and was not lost since. Until the signal is aborted. */
  client(signal: AbortSignal): Promise<Client> {
    const client = this.#client
    if (client !== undefined && !client.lost.aborted && this.#isCurrent()) return Promise.resolve(client)
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined))
    this.#connecting.catch(() => undefined) // whoever waits for it is told
    return untilAborted(this.#connecting, signal)
  }

  /** Resolves once nothing is being dialled any more. */
  async close(): Promise<void> {
    const closed = new PiccoloError('failed-precondition', 'The store was closed.')
    this.#closed.abort(closed)
    await this.#connecting?.catch(() => undefined) // whoever waits for it was told
    this.#client?.lose(closed)
  }

  #isCurrent(): boolean {
    const { tls, context: { clock } } = this.#options
    return typeof tls !== 'function' || (this.#lookedMs !== undefined && clock.monotonicMs() - this.#lookedMs < materialMs)
  }

  async #connect(): Promise<Client> {
    const { context: { clock }, addresses, deadlineMs } = this.#options
    const late = (): PiccoloError => tooLate(addresses, deadlineMs)
    return bounded({ clock, deadlineMs, late, signals: [this.#closed.signal] }, async (signal) => {
      const former = this.#client?.lost.aborted === false ? this.#client : undefined
      const material = await this.#look(former !== undefined, signal)
      if (former !== undefined) {
        if (sameMaterial(material, this.#material)) return former
        former.lose(new PiccoloError('unavailable', 'The certificates for etcd have changed; connecting anew.'))
      }
      this.#material = material
      this.#client = await this.#firstToAnswer(material, signal)
      return this.#client
    })
  }

  /** What TLS needs now. Where that can't be told, a connection that stands goes on with what it has. */
  async #look(stands: boolean, signal: AbortSignal): Promise<EtcdTls | undefined> {
    const { tls, secure, context: { clock, logger } } = this.#options
    if (!secure) return undefined
    this.#lookedMs = clock.monotonicMs()
    try {
      return typeof tls === 'function' ? await untilAborted(Promise.resolve(tls()), signal) : (tls ?? {})
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const unreadable = new PiccoloError('unavailable', `The certificates for etcd can't be read: ${String(error)}. Put them back; the store tries again.`, { cause: error })
      if (!stands) throw unreadable
      logger.warn({ error: unreadable }, 'Going on with the certificates for etcd from before')
      return this.#material
    }
  }

  async #firstToAnswer(tls: EtcdTls | undefined, signal: AbortSignal): Promise<Client> {
    const { addresses, context, ...options } = this.#options
    const clients = addresses.map((address) => new Client({ ...options, prefix: options.keyspace.prefix, address, tls, clock: context.clock }))
    let first: Client | undefined
    try {
      first = await Promise.any(clients.map((client) => client.head(signal).then(() => client)))
      first.holdOn()
      context.logger.info({ address: first.asked.address }, 'Connected to etcd')
      return first
    } catch (error) {
      throw signal.aborted ? signal.reason : mostTelling(error)
    } finally {
      for (const client of clients) if (client !== first) client.lose(new PiccoloError('unavailable', 'Another member of etcd was quicker.'))
    }
  }
}

/** That a member can't be reached says less than any answer of another one. */
function mostTelling(error: unknown): unknown {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return errors.find((each) => !PiccoloError.is(each, 'unavailable')) ?? errors[0]
}

function sameMaterial(one: EtcdTls | undefined, other: EtcdTls | undefined): boolean {
  return one?.authoritiesPem === other?.authoritiesPem
    && one?.identity?.certificateChainPem === other?.identity?.certificateChainPem
    && one?.identity?.privateKeyPem === other?.identity?.privateKeyPem
}
