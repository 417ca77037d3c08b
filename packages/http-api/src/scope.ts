import type { HttpBindings } from '@hono/node-server'
import type { Caller, SurfaceContext } from '@piccolo/core/spi'
import type { Context } from 'hono'
import type { HttpApiLimits } from './limits.js'

/** What every route works with. Lives as long as the listener. */
export interface ApiScope extends SurfaceContext {
  readonly limits: HttpApiLimits
  /** Aborts when the API closes. */
  readonly closing: AbortSignal
  /** One entry an open stream. */
  readonly streams: Set<symbol>
}

export interface ApiEnvironment {
  readonly Bindings: HttpBindings
  readonly Variables: { readonly caller: Caller; readonly requestId: string }
}

export type ApiContext = Context<ApiEnvironment>
