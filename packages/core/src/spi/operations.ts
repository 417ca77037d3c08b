import type { EventSeverity, MessageContext, PublishedSignal, Readiness, SignalValue, SystemFacts, WorkloadStatus } from '../protocol/index.js'
import type { Principal } from './auth.js'
import type { LogLine } from './container-runtime.js'

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

export interface SignalView {
  readonly name: string
  /** Absent: nothing is known of it. */
  readonly value?: SignalValue
  /** Wall clock of the master when it was told so, milliseconds since 1970. */
  readonly atMs?: number
  /** Names of the Scenarios that wait for it. */
  readonly awaitedBy: readonly string[]
}

export interface TokenRequest {
  /** Default 15 minutes; at most 24 hours. */
  readonly validForMs?: number
  /** Bind the token to this node id. */
  readonly nodeId?: string
  readonly type?: 'embedded' | 'cloud'
  readonly role?: 'worker' | 'monitor' | 'gateway'
  readonly labels?: Readonly<Record<string, string>>
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
  /** Wakes whenever something that the views show may have changed; at most some times a second. For live tables. */
  changes(caller: Caller, signal: AbortSignal): AsyncIterable<void>
}
