import type { CallOptions, ChannelInterface, ClientDuplexStream } from '@grpc/grpc-js'
import { noop } from 'cockatiel'
import { Etcd3, type IWatchRequest, type IWatchResponse } from 'etcd3'
import { PiccoloError, type Clock, type Revision } from '@piccolo/core/spi'
import { callInterceptor } from './call-interceptor.js'
import { channelTo, keptOpen, whenLost } from './channel.js'
import { isTokenRefused, translated, type Asked } from './errors.js'
import type { Keyspace } from './keyspace.js'
import { Login } from './login.js'
import type { EtcdCredentials, EtcdTls } from './options.js'

export interface ClientOptions extends Asked {
  readonly keyspace: Keyspace
  /** Undefined = no TLS. */
  readonly tls: EtcdTls | undefined
  readonly credentials: EtcdCredentials | undefined
  readonly clock: Clock
  readonly deadlineMs: number
}

/** As of `revision`, the last commit to the store was `head`; 0n = there was none. */
export interface Head {
  readonly revision: Revision
  readonly head: Revision
}

export type WatchStream = ClientDuplexStream<IWatchRequest, IWatchResponse>

/** One connection to one member of etcd, until it is lost. Nothing is tried twice but a call whose token had to be renewed. */
export class Client {
  readonly asked: Asked
  readonly #keyspace: Keyspace
  readonly #channel: ChannelInterface
  readonly #etcd: Etcd3
  readonly #login: Login | undefined
  readonly #lost = new AbortController()

  constructor(options: ClientOptions) {
    const { address, credentials } = options
    this.asked = options
    this.#keyspace = options.keyspace
    this.#channel = channelTo(options)
    this.#etcd = new Etcd3({
      hosts: address,
      // etcd3 closes its channels after most failures; this one is closed by whom it belongs to.
      grpcOptions: { channelOverride: keptOpen(this.#channel) },
      // etcd3's own would try again, pick another member, or refuse for five seconds to try at all.
      faultHandling: { global: noop, host: () => noop },
    })
    this.#login = credentials && new Login({ ...options, etcd: this.#etcd, credentials, asked: options, lost: this.lost })
  }

  /** Aborted, with the reason, once it turned out that this connection leads nowhere. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** From here on the end of its connection is its loss, whether something is under way or not. */
  holdOn(): void {
    whenLost(this.#channel, () => this.lose(new PiccoloError('unavailable', `The connection to etcd at ${this.asked.address} has ended.`)))
  }

  /** One call. When the signal ends it, its reason is thrown. */
  async call<Result>(signal: AbortSignal, run: (etcd: Etcd3, options: CallOptions) => Promise<Result>): Promise<Result> {
    for (let renewed = false; ; renewed = true) {
      const token = await this.#login?.token(signal)
      try {
        return await run(this.#etcd, { interceptors: [callInterceptor({ token, signal })] })
      } catch (error) {
        if (token !== undefined && !renewed && !signal.aborted && isTokenRefused(error)) this.#login?.forget(token)
        else throw this.failure(error, signal)
      }
    }
  }

  /** The last commit; linearizable. That it answers also shows that this member is there, in a quorum, and knows us. */
  async head(signal: AbortSignal): Promise<Head> {
    const { header, kvs: [head] } = await this.call(signal, (etcd, options) => etcd.kv.range({ key: this.#keyspace.head, keys_only: true }, options))
    return { revision: BigInt(header.revision), head: BigInt(head?.mod_revision ?? 0) }
  }

  /** A stream for one watch; ended by the signal. */
  async watch(signal: AbortSignal): Promise<WatchStream> {
    const token = await this.#login?.token(signal)
    const stream = await this.#etcd.watchClient.watch({ interceptors: [callInterceptor({ token, signal, needsLeader: true })] })
    return stream as unknown as WatchStream // etcd3 tells less of gRPC's own stream than it is
  }

  /** What to throw for a call that failed; a connection that failed with it is lost to all. */
  failure(error: unknown, signal: AbortSignal): unknown {
    const failure: unknown = signal.aborted ? signal.reason : translated(error, this.asked)
    if (PiccoloError.is(failure, 'unavailable')) this.lose(failure)
    return failure
  }

  /** Closes it. What is on its way may still arrive. Idempotent. */
  lose(reason: PiccoloError): void {
    if (this.lost.aborted) return
    this.#lost.abort(reason)
    this.#channel.close()
  }
}
