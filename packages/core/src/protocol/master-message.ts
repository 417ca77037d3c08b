import type { SetDelta, SetVersion } from './assignment.js'
import type { WireError } from './enroll.js'
import type { JournalPosition } from './status.js'
import type { MessageContext } from './trace-context.js'
import type { Timings } from './timings.js'

/** Answer to hello. */
export interface Welcome {
  readonly type: 'welcome'
  readonly version: number
  /** Grows with each session of the node within a term. */
  readonly sessionEpoch: { readonly term: bigint; readonly counter: number }
  readonly clusterEpoch: string
  /** Carried by the agent's batches; bound to the certificate and this session. */
  readonly sessionToken: string
  readonly timings: Timings
  /** Authenticated time of the master, milliseconds since 1970. */
  readonly masterTimeMs: number
  /** Journal position up to which everything is committed; absent = nothing yet. */
  readonly acknowledged?: JournalPosition
  /** The set the node is to hold; absent = not known yet. If it differs from what is held, the agent sends its inventory. */
  readonly wanted?: SetVersion
  readonly storeRevision: bigint
}

export interface Assign {
  readonly type: 'assign'
  readonly delta: SetDelta
  readonly storeRevision: bigint
}

/** Everything up to `position` is committed. */
export interface Ack {
  readonly type: 'ack'
  readonly position: JournalPosition
  readonly storeRevision: bigint
}

export interface BeatEcho {
  readonly type: 'beat'
  readonly number: number
  /** The agent's own send time, given back. */
  readonly sentAtBootMs: number
  /** False: alive, but no lease. */
  readonly lease: boolean
}

/** What a person asked for now; belongs to one session, is never resent. */
export interface Command {
  readonly type: 'command'
  readonly commandId: string
  /** From receipt. */
  readonly deadlineMs: number
  readonly command: CommandBody
}

export type CommandBody =
  | { readonly name: 'logs'; readonly workload: string; readonly container?: string; readonly follow: boolean; readonly tail?: number }
  /** Ends a command that is under way. */
  | { readonly name: 'cancel'; readonly target: string }

/** The session is refused; the agent waits `retryAfterMs` and dials again, its workloads run on. */
export interface Refuse {
  readonly type: 'refuse'
  readonly error: WireError
  readonly retryAfterMs: number
  /** With `revoked`: what becomes of the workloads. Heeded only with the cluster epoch of the set that the node holds. Absent = keep. */
  readonly workloads?: 'keep' | 'stop'
  readonly clusterEpoch?: string
}

export type MasterMessage = (Welcome | Assign | Ack | BeatEcho | Command | Refuse) & { readonly context?: MessageContext }
