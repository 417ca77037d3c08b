import { Client } from '@grpc/grpc-js'
import { PiccoloError, throwIfAborted, type ClientTls, type Clock } from '@piccolo/core/spi'
import { parseAddress } from '../address.js'
import { maxMessageBytes } from '../codec/frames.js'
import { VerifyingCredentials } from '../tls/client-credentials.js'
import { directTarget } from './direct-resolver.js'

export interface AttemptOptions {
  readonly address: string
  readonly tls: ClientTls
  readonly clock: Clock
  /** Any of them ends the attempt. */
  readonly signals: readonly AbortSignal[]
  readonly timeoutMs: number
}

/** One connection to one master, in a gRPC channel of its own. */
export interface Dial {
  readonly address: string
  readonly client: Client
  /** What TLS had to say, if it was that which failed. */
  readonly tlsFailure: () => PiccoloError | undefined
  /** Closes the channel and destroys its socket. Idempotent. */
  readonly release: () => void
}

/** Runs `use` over a new connection, until the signal or the deadline ends it. Released if it fails; otherwise it is the caller's. */
export async function attempt<Result>(options: AttemptOptions, use: (dial: Dial) => Promise<Result>): Promise<Result> {
  const { address, clock, signals, timeoutMs } = options
  for (const signal of signals) throwIfAborted(signal)
  const dial = openDial(options)
  let fail = (_error: PiccoloError): void => undefined
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  const onAbort = (): void => fail(new PiccoloError('aborted', `The call to ${address} was aborted.`))
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
  const cancelTimer = clock.schedule(timeoutMs, () => {
    fail(new PiccoloError('deadline-exceeded', `${address} did not answer within ${timeoutMs / 1000} s.`, { details: { address } }))
  })
  try {
    return await Promise.race([failed, use(dial)])
  } catch (error) {
    dial.release()
    throw error
  } finally {
    cancelTimer()
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
}

function openDial({ address, tls }: AttemptOptions): Dial {
  const hostPort = parseAddress(address)
  const socketEnd = new AbortController()
  const credentials = new VerifyingCredentials(tls)
  const { target, options } = directTarget(address, { ...hostPort, signal: socketEnd.signal })
  const client = new Client(target, credentials, {
    ...options,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // The master is dialled directly, whatever the environment says of proxies.
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
    // One attempt. Without retry buffers a write is done when it is on its way, which is what bounds a sender.
    'grpc.enable_retries': 0,
    'grpc.retry_buffer_size': 0,
    'grpc.per_rpc_retry_buffer_size': 0,
  })
  return {
    address,
    client,
    tlsFailure: () => credentials.failure,
    release: () => {
      client.close()
      socketEnd.abort()
    },
  }
}
