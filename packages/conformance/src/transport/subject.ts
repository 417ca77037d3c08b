import type { ServerTls, TlsIdentity, Transport } from '@piccolo/core/spi'

/** A cluster's TLS material, as one authority would give it out. All of it valid now, but for what says otherwise. */
export interface TransportMaterial {
  /** The server's chain ends with the authority's own certificate. */
  readonly server: ServerTls
  /** A second server identity of the same authority. */
  readonly renewedServer: ServerTls
  readonly node: TlsIdentity
  readonly otherNode: TlsIdentity
  /** Of the same authority, and past its end. */
  readonly expiredNode: TlsIdentity
  /** Of the same authority, and not valid yet. */
  readonly earlyNode: TlsIdentity
  /** Past its end, and made by `otherNode` as if that were an authority: its chain shows both, and the authority. */
  readonly forgedNode: TlsIdentity
  /** A node of an authority below another one, and that one's certificate, PEM. Its own certificate and the one between are past their end. */
  readonly delegated: { readonly authorityPem: string; readonly node: TlsIdentity }
}

/** What the transport suite needs of an adapter under test. */
export interface TransportSubject {
  /** Has an address to listen at; listens nowhere yet. */
  readonly master: Transport
  /** A fresh transport for one more agent. */
  agent(): Transport
  /** Where agents reach a listener of `master`; a detour is fine if `sever` needs one. */
  reach(listenerAddress: string): Promise<string>
  /** Breaks every open connection, as a link that goes down would. Later ones work again. */
  sever(): void
  /** An address at which nobody listens. */
  readonly nowhere: string
  readonly material: TransportMaterial
  /** Material of another authority. */
  readonly stranger: TransportMaterial
}
