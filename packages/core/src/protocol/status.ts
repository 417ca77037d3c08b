/** Where in its journal a fact stands. Later = greater incarnation, then greater seq. */
export interface JournalPosition {
  /** Counts the agent's starts over one disk state. */
  readonly incarnation: number
  /** Counts within the incarnation, from 1. */
  readonly seq: number
}

/** Pullpiri's container states. `dead`: exit code other than 0, or out of memory. */
export type ContainerStateName = 'created' | 'paused' | 'exited' | 'dead' | 'running'

/** Pullpiri's model states; `pending`, `waiting` and `removing` are ours, for what has no container yet or any more. */
export type WorkloadStateName = 'pending' | 'created' | 'paused' | 'exited' | 'dead' | 'running' | 'removing'

export interface ContainerStatus {
  readonly name: string
  readonly id?: string
  readonly image: string
  readonly state: ContainerStateName | 'pending'
  /** For people: why it is not running, e.g. `ImageUnavailable: …`, `CrashLoopBackOff: …`; absent when all is well. */
  readonly reason?: string
  readonly exitCode?: number
  readonly oomKilled?: boolean
  /** Restarts since this spec was first started here. */
  readonly restarts: number
  /** Wall clock of the node, milliseconds since 1970. */
  readonly startedAtMs?: number
  readonly exitedAtMs?: number
  /** Wall clock of the node at which the next attempt is due, while backing off. */
  readonly nextAttemptAtMs?: number
}

/** The state of one workload on its node: the value of status key `workload/<name>`. */
export interface WorkloadStatus {
  readonly workload: string
  readonly package: string
  readonly model: string
  /** Content digest of the assignment that is wanted and of the one that is in effect. */
  readonly wantedDigest: string
  readonly effectiveDigest?: string
  readonly epoch: bigint
  readonly state: WorkloadStateName
  readonly reason?: string
  readonly containers: readonly ContainerStatus[]
}

/** One entry of the latest-per-key lane. */
export interface StatusEntry {
  readonly key: string
  readonly position: JournalPosition
  /** Absent = the thing is gone. */
  readonly workload?: WorkloadStatus
}
