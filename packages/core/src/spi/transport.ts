import type { EnrollReply, EnrollRequest, AgentMessage, MasterMessage, RenewReply, RenewRequest } from '../protocol/index.js'
import type { Adapter } from './ambient.js'

/** What TLS needs to prove who we are. PEM texts; the chain begins with the leaf. */
export interface TlsIdentity {
  readonly certificateChainPem: string
  /** The key, or a reference to one in a chip, of a kind that OpenSSL's providers read: a transport hands it to TLS as it is, and never looks into it. */
  readonly privateKeyPem: string
}

/** Judges the other side's chain (DER, leaf first, as presented). Throws PiccoloError `unauthenticated` with the reason. */
export type VerifyPeer = (chain: readonly Uint8Array[]) => void

export interface ClientTls {
  /** Absent for `enroll`. */
  readonly identity?: TlsIdentity
  /** Replaces the platform's verification altogether: validity is judged by trusted time, never by the wall clock alone. */
  readonly verifyServer: VerifyPeer
}

export interface ServerTls {
  readonly identity: TlsIdentity
  /**
   * Authorities whose node certificates are accepted; a connection without a certificate may still enroll or renew. A certificate that
   * is over, or not valid yet, by the machine's clock is accepted and handed up like any other: the master judges that by trusted time.
   */
  readonly clientAuthoritiesPem: readonly string[]
}

/** What is proven of the other side. `certificate` (DER) is present only when TLS verified its signatures and that the peer has its key; time is not judged. */
export interface Peer {
  /** Network address for logs and limits, e.g. `10.0.0.7:51234`. */
  readonly address: string
  readonly certificate?: Uint8Array
}

/** One authenticated duplex stream of messages. */
export interface SessionChannel<Incoming, Outgoing> {
  readonly peer: Peer
  /** Resolves when the transport's own buffer is below its bound (capabilities.sendBufferBytes); throws `unavailable` once the channel is down. */
  send(message: Outgoing, signal: AbortSignal): Promise<void>
  /** In order. Ends after an orderly close by either side; throws `unavailable` when the connection breaks. To be consumed once. */
  readonly messages: AsyncIterable<Incoming>
  /** Flushes what was sent, for at most a second, and closes. Idempotent. */
  close(): Promise<void>
}

export type AgentChannel = SessionChannel<MasterMessage, AgentMessage>
export type MasterChannel = SessionChannel<AgentMessage, MasterMessage>

/** What a listener hands up. A thrown PiccoloError reaches the caller with its code and message. */
export interface TransportHandlers {
  /** Server authenticated only. */
  enroll(request: EnrollRequest, peer: Peer, signal: AbortSignal): Promise<EnrollReply>
  /** The request proves the registered key by itself, certificate or not. */
  renew(request: RenewRequest, peer: Peer, signal: AbortSignal): Promise<RenewReply>
  /** Only with a verified peer certificate, which may be over. The channel closes when the promise settles; a rejection is told to the peer. */
  session(channel: MasterChannel, signal: AbortSignal): Promise<void>
}

export interface TransportListener {
  /** Where it listens, e.g. `127.0.0.1:47100`; the real port if 0 was asked for. */
  readonly address: string
  /** Takes a new identity or authorities for new connections; open ones live on. */
  updateTls(tls: ServerTls): void
  /** Stops accepting, ends open sessions, releases the port. Idempotent. */
  close(): Promise<void>
}

export interface TransportCapabilities {
  readonly name: string
  /** Largest message in bytes, either way. */
  readonly maxMessageBytes: number
  /** Bound of what `send` may leave unsent when it resolves. */
  readonly sendBufferBytes: number
}

/**
 * The wire. Adapters never retry, reconnect or cache: every call is one attempt with one outcome. Addresses are strings in
 * the transport's own notation.
 */
export interface Transport {
  readonly capabilities: TransportCapabilities
  listen(tls: ServerTls, handlers: TransportHandlers, signal: AbortSignal): Promise<TransportListener>
  enroll(address: string, request: EnrollRequest, tls: ClientTls, signal: AbortSignal): Promise<EnrollReply>
  renew(address: string, request: RenewRequest, tls: ClientTls, signal: AbortSignal): Promise<RenewReply>
  /** Resolves once the connection stands and TLS is done on both sides; the signal bounds the dialling only. */
  connect(address: string, tls: ClientTls, signal: AbortSignal): Promise<AgentChannel>
  /** Ends every listener and channel it made; idempotent. */
  close(): Promise<void>
}

export type TransportAdapter = Adapter<Transport>
