import { createServer, type AddressInfo, type Server as TcpServer } from 'node:net'
import {
  throwIfAborted, type AdapterContext, type ServerTls, type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import { formatAddress, parseAddress, type HostPort } from '../address.js'
import { maxCallBytes, maxMessageBytes } from '../codec/frames.js'
import { listenError } from '../errors.js'
import { Desk } from './desk.js'
import type { OpenWork } from './link-service.js'
import { TlsEntrance } from './tls-entrance.js'
import { WaitingRoom, type WaitingRoomOptions } from './waiting-room.js'

interface ListenOptions {
  readonly listen: string
  readonly tls: ServerTls
  readonly handlers: TransportHandlers
  readonly context: AdapterContext
  /** Default: {@link usualCrowd}. */
  readonly crowd?: Crowd
}

/** Who may wait at each step: to finish TLS, to begin a call. */
export type Crowd = Pick<WaitingRoomOptions, 'patienceMs' | 'most' | 'mostOfOneAddress'>

/** A thousand agents that join at once, from behind one address, find room while their turn comes; all who can wait take some 130 MB. */
const backlog = 1_024
const usualCrowd: Crowd = { patienceMs: 15_000, most: 2_048, mostOfOneAddress: 1_536 }

/** For what was said last to leave; then whoever is still there is cut off: mute strangers, dead links. */
const leaveWithinMs = 500

export async function openListener({ listen, tls, handlers, context, crowd = usualCrowd }: ListenOptions, signal: AbortSignal): Promise<TransportListener> {
  throwIfAborted(signal)
  const place = parseAddress(listen)
  const { clock, logger } = context
  const work: OpenWork = { sessions: new Set(), calls: new Set() }
  const waitingRoom = (name: string): WaitingRoom => new WaitingRoom({ ...crowd, name, clock, logger })
  // Apart, so that a crowd of strangers crowds out no node, and has to say little.
  const strangers = new Desk({ handlers, context, work, idle: waitingRoom('a call'), maxMessageBytes: maxCallBytes })
  const nodes = new Desk({ handlers, context, work, idle: waitingRoom('a session'), maxMessageBytes })
  const entrance = new TlsEntrance({ tls, handshakes: waitingRoom('the end of TLS'), admit: (socket) => (socket.authorized ? nodes : strangers).receive(socket) })
  const tcp = createServer({ noDelay: true }, (socket) => entrance.take(socket))
  await bind(tcp, place)
  tcp.on('error', (error) => logger.warn({ error: error.message }, 'the listener met an error'))
  const shut = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => tcp.close(() => resolve()))
    for (const desk of [strangers, nodes]) desk.shutDown()
    const cancel = clock.schedule(leaveWithinMs, () => entrance.hangUp())
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
    updateTls: (next) => entrance.update(next),
    close: () => (closing ??= close(work, shut)),
  }
}

function bind(tcp: TcpServer, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    tcp.once('error', (error) => {
      reject(listenError(error, formatAddress({ host, port })))
    })
    tcp.listen({ host, port, backlog }, resolve)
  })
}

async function close({ sessions, calls }: OpenWork, shut: () => Promise<void>): Promise<void> {
  for (const call of calls) call.abort()
  await Promise.all([...sessions].map((session) => session.close()))
  await shut()
}
