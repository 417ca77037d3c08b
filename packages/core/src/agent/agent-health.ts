import type { LinkState } from '../link/index.js'
import type { Readiness, SetVersion, WorkloadStatus } from '../protocol/index.js'

/** How an agent stands, for the service around it and for watchdogs. */
export interface AgentHealth {
  readonly nodeId: string | undefined
  readonly link: LinkState
  /** Milliseconds the master's last lease still holds; 0 = none. */
  readonly leaseMs: number
  /** Undefined until the checks ran once. */
  readonly readiness: Readiness | undefined
  readonly held: SetVersion | undefined
  readonly workloads: readonly WorkloadStatus[]
  /** Events that no master has acknowledged yet. */
  readonly unacknowledgedEvents: number
  /** Which start over this disk state this is. */
  readonly incarnation: number
}
