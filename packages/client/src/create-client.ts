import {
  PiccoloError, type ApplyResult, type ApprovalRef, type ApprovalView, type ArtifactView, type AuditEntry, type ClusterEvent, type ClusterView, type DeleteResult,
  type NodeView, type PackageView, type ScenarioView, type SignalView, type TokenView, type WorkloadView,
} from '@piccolo/core/spi'
import type { FetchLike } from './fetch-like.js'
import { callJson, type HttpRequest } from './http-call.js'
import type { CallOptions, EventsRequest, FollowOptions, LogsRequest, PiccoloClient } from './piccolo-client.js'
import { followEvents } from './streams/follow-events.js'
import { followLogs, lineOf, readLogs } from './streams/follow-logs.js'
import { itemsOf } from './streams/items.js'
import { overCuts, type FollowConnection } from './streams/over-cuts.js'
import { readStream, type StreamItem } from './streams/read-stream.js'
import { pathOf } from './path-of.js'
import { applyResult, artifactView, clusterEvent, clusterView, deleteResult, nodeView, scenarioView, workloadView } from './views/restore.js'
import type { Wire, WireList } from './views/wire.js'

export interface ClientOptions {
  /** e.g. `https://127.0.0.1:47099`. */
  readonly address: string
  /** A person's or a program's bearer token. Absent: `fetch` shows a client certificate. */
  readonly token?: string
  /** Default: the global fetch. In Node, one that knows the cluster's authority has to be given. */
  readonly fetch?: FetchLike
  /** Each call's, and each stream's opening. Default 35 s: a little more than the master gives itself. */
  readonly deadlineMs?: number
  /** A stream without even a heartbeat for so long counts as cut. Default 45 s. */
  readonly silenceMs?: number
  /** Wait before a cut stream is opened again: exponential with full jitter. Default 500 ms to 10 s. */
  readonly reconnect?: { readonly minMs: number; readonly maxMs: number }
}

/** A client of the master's HTTP API, for Node and browsers. Opens nothing by itself. `invalid-argument` for an address that is no URL. */
export function createClient(options: ClientOptions): PiccoloClient {
  const connection: FollowConnection = {
    address: originOf(options.address), ...(options.token === undefined ? {} : { token: options.token }), fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    deadlineMs: options.deadlineMs ?? 35_000, silenceMs: options.silenceMs ?? 45_000, reconnect: options.reconnect ?? { minMs: 500, maxMs: 10_000 },
  }
  // The master's own views come back here; their shape is its contract, so they are not checked field by field.
  const call = async <T>(request: HttpRequest, { signal }: CallOptions): Promise<Wire<T>> => await callJson(connection, request, signal) as Wire<T>
  const list = async <T, View>(path: string, options: CallOptions, restore: (wire: Wire<T>) => View): Promise<readonly View[]> => (
    (await callJson(connection, { method: 'GET', path }, options.signal) as WireList<T>).items.map(restore)
  )
  return {
    cluster: async (options = {}) => clusterView(await call<ClusterView>({ method: 'GET', path: '/api/v1/cluster' }, options)),
    apply: async (files, options = {}) => applyResult(await call<ApplyResult>({ method: 'POST', path: '/api/v1/artifacts', body: { files } }, options)),
    deleteManifest: async (files, options = {}) => deleteResult(await call<DeleteResult>({ method: 'DELETE', path: '/api/v1/artifacts', body: { files } }, options)),
    deleteArtifact: async ({ kind, name }, options = {}) => deleteResult(await call<DeleteResult>({ method: 'DELETE', path: pathOf(['artifacts', kind, name]) }, options)),
    artifacts: (kind, options = {}) => list<ArtifactView, ArtifactView>(pathOf(['artifacts'], { kind }), options, artifactView),
    scenarios: (options = {}) => list<ScenarioView, ScenarioView>(pathOf(['scenarios']), options, scenarioView),
    packages: (options = {}) => list<PackageView, PackageView>(pathOf(['packages']), options, (view) => view),
    workloads: (options = {}) => list<WorkloadView, WorkloadView>(pathOf(['workloads']), options, workloadView),
    nodes: (options = {}) => list<NodeView, NodeView>(pathOf(['nodes']), options, nodeView),
    events: (request = {}) => events(connection, request),
    logs: (request) => logs(connection, request),
    signals: (options = {}) => list<SignalView, SignalView>(pathOf(['signals']), options, (view) => view),
    publishSignals: async (signals, options = {}) => { await call({ method: 'POST', path: '/api/v1/signals', body: { signals } }, options) },
    createToken: (request = {}, options = {}) => call({ method: 'POST', path: '/api/v1/tokens', body: request }, options),
    tokens: (options = {}) => list<TokenView, TokenView>(pathOf(['tokens']), options, (view) => view),
    revokeToken: async (id, options = {}) => { await call({ method: 'DELETE', path: pathOf(['tokens', id]) }, options) },
    ...decisions((request, options) => call(request, options)),
    approvals: (options = {}) => list<ApprovalView, ApprovalView>(pathOf(['approvals']), options, (view) => view),
    audit: ({ limit, before, ...options } = {}) => list<AuditEntry, AuditEntry>(pathOf(['audit'], { limit, before }), options, (view) => view),
    changes: (options = {}) => changes(connection, options),
  }
}

/** What a person decides about nodes, and boards that would be nodes. */
function decisions(call: (request: HttpRequest, options: CallOptions) => Promise<unknown>): Pick<PiccoloClient, 'approve' | 'deny' | 'revokeNode' | 'quarantineNode' | 'releaseNode' | 'setNodeRole'> {
  const post = async (node: string, deed: string, body: unknown, options: CallOptions): Promise<void> => {
    await call({ method: 'POST', path: pathOf(['nodes', node, deed]), body }, options)
  }
  const judge = (deed: string) => ({ node, ...which }: ApprovalRef, options: CallOptions = {}) => post(node, deed, which, options)
  return {
    approve: judge('approve'),
    deny: judge('deny'),
    revokeNode: (node, request = {}, options = {}) => post(node, 'revoke', request, options),
    quarantineNode: (node, request = {}, options = {}) => post(node, 'quarantine', request, options),
    releaseNode: (node, options = {}) => post(node, 'release', {}, options),
    setNodeRole: async (node, role, options = {}) => { await call({ method: 'PUT', path: pathOf(['nodes', node, 'role']), body: { role } }, options) },
  }
}

async function* listEvents(connection: FollowConnection, { limit, after, signal }: EventsRequest): AsyncGenerator<ClusterEvent, void> {
  const path = pathOf(['events'], { limit, after })
  const { items } = await callJson(connection, { method: 'GET', path }, signal) as WireList<ClusterEvent>
  yield* items.map(clusterEvent)
}

function events(connection: FollowConnection, request: EventsRequest): AsyncIterable<ClusterEvent> {
  if (request.follow !== true) return listEvents(connection, request)
  const { signal = never() } = request
  return itemsOf(followEvents(connection, request, signal), signal, (item) => (item.type === 'message' ? [clusterEvent(JSON.parse(item.message.data) as Wire<ClusterEvent>)] : []))
}

function logs(connection: FollowConnection, request: LogsRequest): ReturnType<PiccoloClient['logs']> {
  const { signal = never(), follow = false } = request
  return itemsOf((follow ? followLogs : readLogs)(connection, request, signal), signal, (item) => (item.type === 'message' ? [lineOf(item)] : []))
}

function changes(connection: FollowConnection, { signal = never(), onConnection }: FollowOptions): AsyncIterable<void> {
  const open = (): AsyncIterable<StreamItem> => readStream(connection, { method: 'GET', path: pathOf(['changes']) }, signal)
  // What changed before it was open, or during a cut, is not told again: to be open is to wake.
  return itemsOf(overCuts({ connection, signal, onConnection, open }), signal, (): readonly undefined[] => [undefined])
}

function originOf(address: string): string {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address).origin
  throw new PiccoloError('invalid-argument', `address: expected a URL such as https://127.0.0.1:47099, found "${address}"`)
}

function never(): AbortSignal {
  return new AbortController().signal
}
