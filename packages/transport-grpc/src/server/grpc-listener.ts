import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { Server } from '@grpc/grpc-js'
import {
  throwIfAborted, type AdapterContext, type ServerTls, type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import { formatAddress, parseAddress, type HostPort } from '../address.js'
import { maxMessageBytes } from '../codec/frames.js'
import { listenError } from '../errors.js'
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

/** For what was said last to leave; then whoever is still there is cut off: mute strangers, dead links. */
const leaveWithinMs = 500

export async function openListener(options: ListenOptions, signal: AbortSignal): Promise<TransportListener> {
  throwIfAborted(signal)
  const place = parseAddress(options.listen)
  const credentials = new MutualTls(options.tls)
  const server = new Server(serverOptions)
  const work: OpenWork = { sessions: new Set(), calls: new Set() }
  server.addService(...linkService({ ...options, work }))
  // The sockets are ours: gRPC knows of a connection only when its TLS stands, and could not hang up on one before.
  const sockets = new Set<Socket>()
  const entrance = server.createConnectionInjector(credentials)
  const tcp = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    entrance.injectConnection(socket)
  })
  await bind(tcp, place)
  tcp.on('error', (error) => options.context.logger.warn({ error: error.message }, 'the listener met an error'))
  const shut = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => tcp.close(() => resolve()))
    server.forceShutdown()
    const cancel = options.context.clock.schedule(leaveWithinMs, () => {
      for (const socket of sockets) socket.destroy()
    })
    await gone
    cancel()
  }
  if (signal.aborted) {
    await shut()
    throwIfAborted(signal)
  }
  let closing: Promise<void> | undefined
  return {
    address: formatAddress({ host: place.host, port: (tcp.address() as AddressInfo).port }), // it listens on TCP
    updateTls: (tls) => credentials.update(tls),
    close: () => (closing ??= close(work, shut)),
  }
}

function bind(tcp: TcpServer, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    tcp.once('error', (error) => {
      reject(listenError(error, formatAddress({ host, port })))
    })
    tcp.listen({ host, port }, resolve)
  })
}

async function close({ sessions, calls }: OpenWork, shut: () => Promise<void>): Promise<void> {
  for (const call of calls) call.abort()
  await Promise.all([...sessions].map((session) => session.close()))
  await shut()
}
