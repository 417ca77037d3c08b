import type { TLSSocket } from 'node:tls'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { linkService, type ServiceParts } from './link-service.js'
import { peerOf } from './tls-entrance.js'
import type { WaitingRoom } from './waiting-room.js'

interface DeskParts extends Omit<ServiceParts, 'attend'> {
  /** For connections that have no call which is being served. */
  readonly idle: WaitingRoom
  readonly maxMessageBytes: number
}

interface Guest {
  readonly socket: TLSSocket
  calls: number
}

/** gRPC for one sort of peers, over connections on which TLS is done. */
export class Desk {
  readonly #server: Server
  readonly #entrance: ReturnType<Server['createConnectionInjector']>
  readonly #idle: WaitingRoom
  readonly #guests = new Map<string, Guest>()

  constructor({ idle, maxMessageBytes, ...parts }: DeskParts) {
    this.#idle = idle
    this.#server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc.enable_channelz': 0,
      // An agent needs one stream; a stranger gets no more room than that takes.
      'grpc.max_concurrent_streams': 4,
      // Signs of life are the protocol's beats. This is the long-stop for connections whose session is over and whose peer is gone.
      'grpc.keepalive_time_ms': 300_000,
      'grpc.keepalive_timeout_ms': 30_000,
    })
    this.#server.addService(...linkService({ ...parts, attend: (peer) => this.#attend(peer) }))
    // Insecure only by its name: what comes in here has TLS behind it.
    this.#entrance = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
  }

  receive(socket: TLSSocket): void {
    const peer = peerOf(socket)
    const guest = { socket, calls: 0 }
    this.#guests.set(peer, guest)
    socket.once('close', () => {
      this.#idle.leave(socket)
      if (this.#guests.get(peer) === guest) this.#guests.delete(peer)
    })
    this.#idle.enter(socket)
    this.#entrance.injectConnection(socket)
  }

  shutDown(): void {
    this.#server.forceShutdown()
  }

  /** A call of this peer's is being served, until the returned function is called. */
  #attend(peer: string): () => void {
    const guest = this.#guests.get(peer)
    if (guest === undefined) return () => undefined
    guest.calls += 1
    this.#idle.leave(guest.socket)
    return () => {
      guest.calls -= 1
      if (guest.calls === 0) this.#idle.enter(guest.socket)
    }
  }
}
