import { Channel, credentials as channelCredentials, type ChannelInterface, type ChannelOptions, type CallOptions, type ClientDuplexStream } from '@grpc/grpc-js'
import { noop } from 'cockatiel'
import { Etcd3, type IWatchRequest, type IWatchResponse } from 'etcd3'
import { PiccoloError, type Clock, type Revision } from '@piccolo/core/spi'
import { callInterceptor } from './call-interceptor.js'
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

function channelTo({ address, tls }: ClientOptions): ChannelInterface {
  const { authoritiesPem, identity } = tls ?? {}
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
  return new Channel(
    address,
    tls === undefined
      ? channelCredentials.createInsecure()
      : channelCredentials.createSsl(pem(authoritiesPem), pem(identity?.privateKeyPem), pem(identity?.certificateChainPem)),
    channelOptions,
  )
}

const channelOptions: ChannelOptions = {
  // A connection of its own, so that a new client dials at once instead of sitting out the back-off of the one before.
  'grpc.use_local_subchannel_pool': 1,
  // One attempt.
  'grpc.enable_retries': 0,
  // While something is under way: etcd refuses to be asked more often than every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': 32 * 1024 * 1024,
  // etcd is dialled directly, whatever the environment says of proxies.
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
}

/** etcd3 closes its channels after most failures; this one is closed by whom it belongs to. */
function keptOpen(channel: ChannelInterface): ChannelInterface {
  return {
    close: () => undefined,
    getTarget: () => channel.getTarget(),
    getConnectivityState: (tryToConnect) => channel.getConnectivityState(tryToConnect),
    watchConnectivityState: (state, deadline, callback) => channel.watchConnectivityState(state, deadline, callback),
    getChannelzRef: () => channel.getChannelzRef(),
    createCall: (...call) => channel.createCall(...call),
  }
}
