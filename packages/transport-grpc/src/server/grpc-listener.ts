import { Server } from '@grpc/grpc-js'
import {
  PiccoloError, throwIfAborted, type AdapterContext, type ServerTls, type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import { formatAddress, parseAddress } from '../address.js'
import { maxMessageBytes } from '../codec/frames.js'
import { MutualTls } from '../tls/server-credentials.js'
import { linkService, type OpenWork } from './link-service.js'

interface ListenOptions {
  readonly listen: string
  readonly tls: ServerTls
  readonly handlers: TransportHandlers
  readonly context: AdapterContext
}

const serverOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.enable_channelz': 0,
  // An agent needs one stream; a stranger gets no more room than that takes.
  'grpc.max_concurrent_streams': 4,
  'grpc.max_connection_idle_ms': 60_000,
  // Signs of life are the protocol's beats. This is the long-stop for connections whose session is over and whose peer is gone.
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 30_000,
}

export async function openListener(options: ListenOptions, signal: AbortSignal): Promise<TransportListener> {
  throwIfAborted(signal)
  const { host, port } = parseAddress(options.listen)
  const credentials = new MutualTls(options.tls)
  const server = new Server(serverOptions)
  const work: OpenWork = { sessions: new Set(), calls: new Set() }
  server.addService(...linkService({ ...options, work }))
  const bound = await bind(server, { address: formatAddress({ host, port }), credentials })
  if (signal.aborted) {
    server.forceShutdown()
    throwIfAborted(signal)
  }
  let closing: Promise<void> | undefined
  return {
    address: formatAddress({ host, port: bound }),
    updateTls: (tls) => credentials.update(tls),
    close: () => (closing ??= close(server, work)),
  }
}

function bind(server: Server, { address, credentials }: { address: string; credentials: MutualTls }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port)
      else {
        const text = `Cannot listen at ${address}: ${error.message}. Is another program using the port?`
        reject(new PiccoloError('unavailable', text, { details: { address }, cause: error }))
      }
    })
  })
}

async function close(server: Server, { sessions, calls }: OpenWork): Promise<void> {
  for (const call of calls) call.abort()
  await Promise.all([...sessions].map((session) => session.close()))
  server.forceShutdown()
}
