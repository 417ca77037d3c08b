import type {
  ApplyResult, ApprovalRef, ApprovalView, ArtifactRef, ArtifactView, AuditEntry, ClusterEvent, ClusterView, DeleteResult, LogLine, ManifestFile,
  NodeView, PackageView, PiccoloError, PublishedSignal, RevokeRequest, ScenarioView, SignalView, TokenRequest, TokenView, WorkloadView,
} from '@piccolo/core/spi'

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** What became of the connection of a stream that goes on over cuts. */
export type ConnectionNews =
  /** It is tried again and again from now on, until it stands or the signal aborts. */
  | { readonly type: 'lost'; readonly error: PiccoloError }
  | { readonly type: 'back' }

export interface FollowOptions extends CallOptions {
  /** Told once of each loss of the connection, and once when it stands again. */
  readonly onConnection?: (news: ConnectionNews) => void
}

export interface EventsRequest extends FollowOptions {
  /** Go on with every later event until the signal aborts or the loop is left. Default false. */
  readonly follow?: boolean
  /** The last so many events, oldest first. The master's default is 100. */
  readonly limit?: number
  /** Only events after this revision. */
  readonly after?: bigint
}

export interface AuditRequest extends CallOptions {
  /** The last so many entries, oldest first; at most 1,000. The master's default is 100. */
  readonly limit?: number
  /** Only entries before the one of this id. */
  readonly before?: string
}

export interface LogsRequest extends FollowOptions {
  readonly workload: string
  readonly container?: string
  readonly follow?: boolean
  readonly tail?: number
}

export interface ContainerLogLine extends LogLine {
  readonly container: string
}

/**
 * The master's API, typed. Every method throws only PiccoloError: with the master's own code and message when it refused,
 * `unavailable` when it cannot be reached, `unauthenticated` when it cannot prove that it is the master, `deadline-exceeded`
 * when it does not answer in time, `aborted` when the signal was aborted. A call is one attempt.
 */
export interface PiccoloClient {
  cluster(options?: CallOptions): Promise<ClusterView>
  /** All documents of all files in one commit, or none. */
  apply(files: readonly ManifestFile[], options?: CallOptions): Promise<ApplyResult>
  /** Deletes what the files name. */
  deleteManifest(files: readonly ManifestFile[], options?: CallOptions): Promise<DeleteResult>
  deleteArtifact(ref: ArtifactRef, options?: CallOptions): Promise<DeleteResult>
  artifacts(kind?: string, options?: CallOptions): Promise<readonly ArtifactView[]>
  scenarios(options?: CallOptions): Promise<readonly ScenarioView[]>
  packages(options?: CallOptions): Promise<readonly PackageView[]>
  workloads(options?: CallOptions): Promise<readonly WorkloadView[]>
  nodes(options?: CallOptions): Promise<readonly NodeView[]>
  /** With `follow` it survives cuts: it reconnects and goes on after the last event it gave, none lost and none twice. The first connection must succeed. */
  events(request?: EventsRequest): AsyncIterable<ClusterEvent>
  /**
   * With `follow` it survives cuts of the connection, and of the master's to the node, as `events` does: by the times in the log, none
   * lost and none twice while the node's clock is not set back. From a runtime that gives neither times nor positions a cut is `unavailable`.
   */
  logs(request: LogsRequest): AsyncIterable<ContainerLogLine>
  /** What signals last said to this master, and what Scenarios wait for. */
  signals(options?: CallOptions): Promise<readonly SignalView[]>
  /** All or none; resolves when everything that the values satisfy is committed. At most 1,000 a call. */
  publishSignals(signals: readonly PublishedSignal[], options?: CallOptions): Promise<void>
  createToken(request?: TokenRequest, options?: CallOptions): Promise<{ readonly token: string; readonly id: string; readonly expiresAtMs: number }>
  /** All join tokens that are kept, without their secrets, newest last. */
  tokens(options?: CallOptions): Promise<readonly TokenView[]>
  /** Nobody can join with it from now on; who has, stays. */
  revokeToken(id: string, options?: CallOptions): Promise<void>
  /** Boards that wait for a person. */
  approvals(options?: CallOptions): Promise<readonly ApprovalView[]>
  /** Lets a waiting board in: it joins with its next attempt. `conflict` when several wait and `key` does not say which. */
  approve(which: ApprovalRef, options?: CallOptions): Promise<void>
  /** Turns a waiting board away for good. */
  deny(which: ApprovalRef, options?: CallOptions): Promise<void>
  /** Revokes the node's keys; an open session ends at once. */
  revokeNode(node: string, request?: RevokeRequest, options?: CallOptions): Promise<void>
  /** No session until it is released; its workloads run on. */
  quarantineNode(node: string, request?: { readonly reason?: string }, options?: CallOptions): Promise<void>
  releaseNode(node: string, options?: CallOptions): Promise<void>
  /** Counts for an open session at once. */
  setNodeRole(node: string, role: NodeView['role'], options?: CallOptions): Promise<void>
  /** Who did what, and who was refused what. */
  audit(request?: AuditRequest): Promise<readonly AuditEntry[]>
  /** Wakes as soon as it is open, whenever a view may have changed from then on, and after each reconnect. The first connection must succeed. */
  changes(options?: FollowOptions): AsyncIterable<void>
}
