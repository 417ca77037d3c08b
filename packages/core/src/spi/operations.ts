import type { EventSeverity, MessageContext, PublishedSignal, Readiness, SignalValue, SystemFacts, WorkloadStatus } from '../protocol/index.js'
import type { Principal } from './auth.js'
import type { LogLine } from './container-runtime.js'
import type { ApprovalRef, ApprovalView, NodeStanding, RevokeRequest, TokenRequest, TokenView } from './joining.js'

/** Who asks, and from where. First argument of every operation. */
export interface Caller {
  readonly principal: Principal
  /** For the audit, e.g. `127.0.0.1:55012`. */
  readonly source: string
  /** Of the request, if it has any: the audit repeats it, and so do the messages to nodes that come of it. */
  readonly context?: Omit<MessageContext, 'principal'>
}

export interface ManifestFile {
  /** As the user named it; problems are reported under this name. */
  readonly name: string
  readonly text: string
}

export interface ArtifactRef {
  readonly kind: string
  readonly name: string
}

export interface ApplyResult {
  readonly revision: bigint
  readonly artifacts: readonly (ArtifactRef & { readonly change: 'created' | 'updated' | 'unchanged' })[]
  /** For people: unknown fields, a Model changed whose Scenario was not applied, … */
  readonly warnings: readonly string[]
}

export interface DeleteResult {
  readonly revision: bigint
  readonly deleted: readonly ArtifactRef[]
}

export interface ArtifactView extends ArtifactRef {
  readonly revision: bigint
  /** The document as applied, unknown fields included. */
  readonly document: Readonly<Record<string, unknown>>
}

export type ScenarioPhase = 'idle' | 'waiting' | 'satisfied' | 'allowed' | 'denied' | 'completed'
export type PackageState = 'idle' | 'paused' | 'exited' | 'degraded' | 'error' | 'running' | 'pending'

export interface ScenarioView {
  readonly name: string
  readonly action: string
  readonly target: string
  readonly phase: ScenarioPhase
  /** Why it was denied or waits; absent when all is well. */
  readonly reason?: string
  readonly revision: bigint
}

export interface PackageView {
  readonly name: string
  readonly state: PackageState
  readonly models: readonly { readonly name: string; readonly node?: string; readonly state: string; readonly reason?: string }[]
  readonly launchedBy?: string
}

export interface WorkloadView extends WorkloadStatus {
  readonly node: string
}

export type NodePhase = 'pending' | 'ready' | 'notReady' | 'maintenance' | 'disconnected' | 'lost' | 'terminating'

export interface NodeView {
  readonly name: string
  readonly type: 'embedded' | 'cloud'
  readonly role: 'worker' | 'monitor' | 'gateway'
  readonly labels: Readonly<Record<string, string>>
  readonly phase: NodePhase
  /** Whether it may have a session: only an active one may. */
  readonly standing: NodeStanding
  /** Why it is quarantined or revoked. */
  readonly standingReason?: string
  /** End of the certificate issued last. */
  readonly certifiedUntilMs?: number
  readonly reasons: readonly string[]
  readonly connected: boolean
  /** Ready or not ready by the last judgement, but its connection is closed or silent: nothing is decided yet. */
  readonly suspect: boolean
  readonly address?: string
  readonly facts?: SystemFacts
  readonly readiness?: Readiness
  readonly workloads: number
  readonly agentVersion?: string
  /** Wall clock of the master, milliseconds since 1970. */
  readonly registeredAtMs: number
  readonly lastSeenAtMs?: number
  readonly heldGeneration?: bigint
  readonly wantedGeneration?: bigint
}

export interface ClusterEvent {
  /** `<term>.<counter>`: order of arrival. */
  readonly id: string
  /** Store revision of the commit it came with; what a stream resumes after. */
  readonly revision: bigint
  readonly atMs: number
  readonly severity: EventSeverity
  readonly type: string
  /** e.g. `node/zone-a`, `workload/web`. */
  readonly subject: string
  readonly node?: string
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** One line of the audit log. */
export interface AuditEntry {
  /** `<term>.<counter>`: order of arrival. */
  readonly id: string
  readonly atMs: number
  /** `person:…` by role and name, `node:…`, `service:…`. */
  readonly who: string
  /** Where from, e.g. `127.0.0.1:55012`. */
  readonly source: string
  readonly operation: string
  readonly subject: string
  readonly outcome: 'done' | 'refused'
  /** Of a refusal why; of what was done what came of it, where operation and subject don't say that. */
  readonly reason?: string
  /** As the request brought them. */
  readonly requestId?: string
  readonly traceparent?: string
}

export interface SignalView {
  readonly name: string
  /** Absent: nothing is known of it. */
  readonly value?: SignalValue
  /** Wall clock of the master when it was told so, milliseconds since 1970. */
  readonly atMs?: number
  /** Names of the Scenarios that wait for it. */
  readonly awaitedBy: readonly string[]
}

export interface ClusterView {
  readonly name: string
  readonly clusterEpoch: string
  readonly term: bigint
  readonly version: string
  readonly sessionAddress: string
}

/**
 * Everything a surface can ask of the master, one typed call a line of the role table. Each checks the caller's role
 * (`permission-denied`), audits mutations and refusals, and throws only PiccoloError.
 */
export interface Operations {
  cluster(caller: Caller, signal: AbortSignal): Promise<ClusterView>
  /** One commit for all documents, or none. `invalid-manifest` with every problem in details.problems. */
  apply(caller: Caller, files: readonly ManifestFile[], signal: AbortSignal): Promise<ApplyResult>
  /** Deletes the artifacts that the files name. Absent ones are skipped; `not-found` if none was there. */
  deleteManifest(caller: Caller, files: readonly ManifestFile[], signal: AbortSignal): Promise<DeleteResult>
  deleteArtifact(caller: Caller, ref: ArtifactRef, signal: AbortSignal): Promise<DeleteResult>
  artifacts(caller: Caller, kind: string | undefined, signal: AbortSignal): Promise<readonly ArtifactView[]>
  scenarios(caller: Caller, signal: AbortSignal): Promise<readonly ScenarioView[]>
  packages(caller: Caller, signal: AbortSignal): Promise<readonly PackageView[]>
  workloads(caller: Caller, signal: AbortSignal): Promise<readonly WorkloadView[]>
  nodes(caller: Caller, signal: AbortSignal): Promise<readonly NodeView[]>
  /** The last `limit` events (default 100), oldest first; with `follow` every later one until the signal aborts. `after` resumes. */
  events(caller: Caller, options: { readonly follow: boolean; readonly limit?: number; readonly after?: bigint }, signal: AbortSignal): AsyncIterable<ClusterEvent>
  /** `not-found` for an unknown workload, `unavailable` when its node is not connected. */
  logs(caller: Caller, options: { readonly workload: string; readonly container?: string; readonly follow: boolean; readonly tail?: number }, signal: AbortSignal): AsyncIterable<LogLine & { readonly container: string }>
  /** What signals last said to this master, and what Scenarios wait for, by name. */
  signals(caller: Caller, signal: AbortSignal): Promise<readonly SignalView[]>
  /**
   * Resolves when everything that the values satisfy is committed; all of them are taken or none. `invalid-argument` for a name or a value
   * that no signal has, `resource-exhausted` when the master knows too many. Values are not stored: after a start of the master they are unknown.
   */
  publishSignals(caller: Caller, signals: readonly PublishedSignal[], signal: AbortSignal): Promise<void>
  createToken(caller: Caller, request: TokenRequest, signal: AbortSignal): Promise<{ readonly token: string; readonly id: string; readonly expiresAtMs: number }>
  /** Newest last. */
  tokens(caller: Caller, signal: AbortSignal): Promise<readonly TokenView[]>
  /** Nobody can join with it from now on; who has, stays. `not-found`. */
  revokeToken(caller: Caller, id: string, signal: AbortSignal): Promise<void>
  approvals(caller: Caller, signal: AbortSignal): Promise<readonly ApprovalView[]>
  /** Lets a waiting board in: it joins with its next attempt. `not-found`; `conflict` when several wait and `key` does not say which. */
  approve(caller: Caller, which: ApprovalRef, signal: AbortSignal): Promise<void>
  /** Turns it away for good: its key is never let in. */
  deny(caller: Caller, which: ApprovalRef, signal: AbortSignal): Promise<void>
  /**
   * Revokes the node's keys; an open session ends at once. The name stays, for a board with another key and a token of its own. Once more for a
   * node that is revoked and was left to run on: it is told to stop. `not-found`; `failed-precondition` if nothing would change, or to run on after all.
   */
  revokeNode(caller: Caller, node: string, request: RevokeRequest, signal: AbortSignal): Promise<void>
  /** No session until it is released; its workloads run on. `not-found`. */
  quarantineNode(caller: Caller, node: string, request: { readonly reason?: string }, signal: AbortSignal): Promise<void>
  /** Ends a quarantine: its key is trusted again. `not-found`, `failed-precondition` if there is none. */
  releaseNode(caller: Caller, node: string, signal: AbortSignal): Promise<void>
  /** Counts for an open session at once. `failed-precondition` for a node of node.yaml: its role stands there, and counts as soon. */
  setNodeRole(caller: Caller, node: string, role: NodeView['role'], signal: AbortSignal): Promise<void>
  /** Who did what, and who was refused what: the last `limit` entries (default 100, at most 1,000), oldest first; `before`: an entry's id. */
  audit(caller: Caller, options: { readonly limit?: number; readonly before?: string }, signal: AbortSignal): Promise<readonly AuditEntry[]>
  /** Wakes whenever something that the views show may have changed; at most some times a second. For live tables. */
  changes(caller: Caller, signal: AbortSignal): AsyncIterable<void>
}
