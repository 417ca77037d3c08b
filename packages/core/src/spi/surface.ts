import type { Adapter, AdapterContext } from './ambient.js'
import type { Authenticator } from './auth.js'
import type { Operations } from './operations.js'
import type { TlsIdentity } from './transport.js'

export interface SurfaceContext extends AdapterContext {
  readonly cluster: string
  readonly operations: Operations
  readonly authenticator: Authenticator
  /** For serving TLS, with the authorities that sign it. */
  readonly server: { readonly identity: TlsIdentity; readonly authoritiesPem: readonly string[] }
}

/** A way into the master for people and programs. */
export interface Surface {
  /** Opens it; answers where it listens, e.g. `https://127.0.0.1:47099`. */
  start(signal: AbortSignal): Promise<{ readonly address: string }>
  close(): Promise<void>
}

export type SurfaceAdapter = Adapter<Surface, SurfaceContext>
