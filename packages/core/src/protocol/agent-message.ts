import type { HeldItem, SetVersion } from './assignment.js'
import type { WireError } from './enroll.js'
import type { JournalEntry } from './journal-entry.js'
import type { MessageContext } from './trace-context.js'
import type { JournalPosition, StatusEntry } from './status.js'
import type { Readiness } from './readiness.js'
import type { PublishedSignal } from './published-signal.js'
import type { SystemFacts } from './system-facts.js'
import type { VersionRange } from './version.js'

/** First message of every session. */
export interface Hello {
  readonly type: 'hello'
  readonly versions: VersionRange
  /** The software's own version, for people. */
  readonly agentVersion: string
  readonly nodeId: string
  readonly bootId: string
  /** Born with the agent's disk state. */
  readonly stateEpoch: string
  /** The cluster epoch the held set came from; absent = never held one. */
  readonly clusterEpoch?: string
  /** Highest store revision ever seen from the master; 0n = none. */
  readonly highestRevision: bigint
  /** Highest master's term ever seen; a lower one is refused. 0n = none. */
  readonly highestTerm: bigint
  readonly held?: SetVersion
  readonly journal: {
    /** Oldest entry that is not acknowledged; absent = everything is. */
    readonly oldest?: JournalPosition
    /** Position the next entry will have. */
    readonly next: JournalPosition
    /** Last seq of each earlier incarnation from `oldest` on. */
    readonly lastSeqs: readonly JournalPosition[]
  }
  readonly fencing: 'supervisor' | 'watchdog' | 'none'
  readonly capabilities: readonly string[]
  readonly facts: SystemFacts
}

/** Everything held, when generation or digest differ from what the master welcomed the node with. */
export interface Inventory {
  readonly type: 'inventory'
  readonly items: readonly HeldItem[]
}

export interface ReadinessChanged {
  readonly type: 'readiness'
  readonly readiness: Readiness
}

export interface AgentBeat {
  readonly type: 'beat'
  readonly number: number
  /** Send time on the agent's boot clock; echoed back: this is the lease. */
  readonly sentAtBootMs: number
  /** `number` of the last beat whose echo arrived; 0 = none in this session. */
  readonly lastEcho: number
  /** Age of the main loop's last turn. */
  readonly loopAgeMs: number
}

/** The set is on disk. */
export interface Held {
  readonly type: 'held'
  readonly version: SetVersion
}

/** Whole `assign` refused: wrong digest, wrong base, no space. The base stays. */
export interface AssignRefused {
  readonly type: 'assign-refused'
  readonly generation: bigint
  readonly error: WireError
}

/** Latest per key. */
export interface Status {
  readonly type: 'status'
  readonly entries: readonly StatusEntry[]
}

/** The full status set has been sent; what was absent from it is gone. */
export interface Synced {
  readonly type: 'synced'
  readonly position: JournalPosition
}

/** Journal entries in order, contiguous. */
export interface Report {
  readonly type: 'report'
  readonly entries: readonly JournalEntry[]
}

/** Part of the answer to a command; the last one has `done`. */
export interface Reply {
  readonly type: 'reply'
  readonly commandId: string
  readonly payload?: Uint8Array
  readonly done: boolean
  readonly error?: WireError
}

/** An orderly good-bye: the agent stops, its workloads run on. */
export interface AgentBye {
  readonly type: 'bye'
  readonly reason: string
}

/** What signals say from now on, from a node whose role lets it publish them. All of them count or none. */
export interface SignalsPublished {
  readonly type: 'signal'
  readonly signals: readonly PublishedSignal[]
}

/**
 * In every message but hello: `sessionToken` is the welcome's, `sequence` counts the messages of the session from 1. A message without the token, or with
 * another's, ends the session. One with a number that is not higher than the last counts for nothing: it has come already.
 */
export type AgentMessage = (
  Hello | Inventory | ReadinessChanged | AgentBeat | Held | AssignRefused | Status | Synced | Report | Reply | SignalsPublished | AgentBye
) & { readonly context?: MessageContext; readonly sessionToken?: string; readonly sequence?: number }
