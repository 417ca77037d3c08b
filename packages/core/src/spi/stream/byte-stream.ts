/**
 * An ordered stream of bytes both ways, as Node's Duplex is: a TLSSocket, a WebSocket's stream, a QUIC stream, a serial line. One that
 * emits `error` events needs a listener of its owner's for them.
 */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Queues the bytes; calls back once they are out of this process, or never will be. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown
  /** Ends this side after what was written. */
  end(): unknown
  /** Lets go of the connection at once. */
  destroy(): unknown
}
