import type { Peer, ServerTls, TlsIdentity } from '../transport.js'
import type { ByteStream } from './byte-stream.js'

/** A connection that was dialled, with TLS done and nothing written yet. */
export interface DialledStream {
  readonly stream: ByteStream
  /** As the server presented it: DER, leaf first. Proven to be the server's by TLS, and not judged. */
  readonly chain: readonly Uint8Array[]
}

export interface StreamAcceptor {
  /** Where it listens; the real port if 0 was asked for. */
  readonly address: string
  /** Counts for connections made from now on. */
  updateTls(tls: ServerTls): void
  /** Accepts nobody any more and releases the port; streams that were accepted are let go of by their owner. */
  close(): Promise<void>
}

/** What is a medium's own: everything else that a Transport owes, {@link streamTransport} makes of it. */
export interface StreamDriver {
  /** `websocket`, `serial`, … shown to people. */
  readonly name: string
  /**
   * Connects and does TLS, without judging the server. One attempt; may throw whatever the medium throws: it becomes `unavailable`
   * with the address. Aborted, it lets go of the connection.
   */
  dial(address: string, identity: TlsIdentity | undefined, signal: AbortSignal): Promise<DialledStream>
  /**
   * Hands up each connection on which TLS is done. `peer.certificate` only if its signatures lead to one of tls.clientAuthoritiesPem and the client
   * has its key, whatever the time: the master judges that. A client without one is handed up as well. Absent for a medium that only dials.
   */
  readonly listen?: (tls: ServerTls, accept: (stream: ByteStream, peer: Peer) => void, signal: AbortSignal) => Promise<StreamAcceptor>
}
