import type { HttpBindings } from '@hono/node-server'
import type { Caller, Principal, SurfaceContext } from '@piccolo/core/spi'
import type { Context } from 'hono'
import type { HttpApiLimits } from './limits.js'
import type { ClientCertificates } from './tls/client-certificates.js'

/** What every route works with. Lives as long as the listener. */
export interface ApiScope extends SurfaceContext {
  readonly limits: HttpApiLimits
  /** Aborts when the API closes. */
  readonly closing: AbortSignal
  readonly certificates: ClientCertificates
  /** One entry an open stream. */
  readonly streams: Set<symbol>
}

export interface ApiEnvironment {
  readonly Bindings: HttpBindings
  readonly Variables: {
    readonly caller: Caller
    readonly requestId: string
    /** Asks anew who the caller is, by the same proof. Throws when it holds no longer. */
    readonly prove: () => Promise<Principal>
  }
}

export type ApiContext = Context<ApiEnvironment>
