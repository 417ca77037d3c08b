import type { Adapter, AdapterContext } from './ambient.js'
import type { Principal, Proof } from './auth.js'
import type { Operations } from './operations.js'
import type { TlsIdentity } from './transport.js'

export interface SurfaceContext extends AdapterContext {
  readonly cluster: string
  readonly operations: Operations
  readonly door: Door
  /** For serving TLS, with the authorities that sign it. */
  readonly server: { readonly identity: TlsIdentity; readonly authoritiesPem: readonly string[] }
}

/** Where a surface asks who somebody is, before anything else. */
export interface Door {
  /**
   * Turns a proof into a principal. `unauthenticated` for a proof that is none here; `resource-exhausted` for that of a source that has
   * failed too often, with `details.retryAfterMs`. A proof that holds is never turned away. `source`: network address and port.
   */
  admit(proof: Proof, source: string, signal: AbortSignal): Promise<Principal>
}

/** A way into the master for people and programs. */
export interface Surface {
  /** Opens it; answers where it listens, e.g. `https://127.0.0.1:47099`. */
  start(signal: AbortSignal): Promise<{ readonly address: string }>
  /** Takes another certificate for new connections; open ones live on. */
  updateTls?(server: SurfaceContext['server']): void
  close(): Promise<void>
}

export type SurfaceAdapter = Adapter<Surface, SurfaceContext>
