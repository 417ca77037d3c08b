import type { EventLog } from './event-log.js'
import type { RequestTrail } from './request-trail.js'
import type { AdapterContext, Digest } from '../spi/index.js'
import type { Store } from '../store/index.js'

/** What every service of a master stands on. */
export interface MasterContext extends AdapterContext {
  readonly cluster: string
  readonly digest: Digest
  /** Fenced by this master's term. */
  readonly store: Store
  readonly term: bigint
  readonly log: EventLog
  readonly trail: RequestTrail
}
