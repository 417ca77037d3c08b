import { PiccoloError, type Caller, type ClusterEvent, type NodeView, type Operations, type WorkloadView } from '@piccolo/core/spi'

export const nodeView: NodeView = {
  name: 'zone-a', type: 'embedded', role: 'worker', labels: { zone: 'a' }, phase: 'ready', standing: 'active', reasons: [], connected: true, suspect: false,
  workloads: 1, registeredAtMs: 1_000, heldGeneration: 9_007_199_254_740_993n, wantedGeneration: 9_007_199_254_740_995n,
}

export const workloadView: WorkloadView = {
  node: 'zone-a', workload: 'web', package: 'shop', model: 'web', wantedDigest: 'a', epoch: 12n, state: 'running',
  containers: [{ name: 'front', image: 'busybox', state: 'running', restarts: 2, startedAtMs: 5_000 }],
}

export function clusterEvent(revision: bigint, id: string): ClusterEvent {
  return { id, revision, atMs: 1_000, severity: 'info', type: 'container-started', subject: 'workload/web', message: `event ${id}`, fields: { restarts: 1 } }
}

export interface RecordedCall {
  readonly operation: keyof Operations
  readonly caller: Caller
  readonly input: unknown
  readonly signal: AbortSignal
}

/** Answers from fixed views, records who asked for what, and refuses viewers what changes things, as the master does. */
export function fakeOperations(overrides: Partial<Operations> = {}): Operations & { readonly calls: RecordedCall[] } {
  const calls: RecordedCall[] = []
  const record = (operation: keyof Operations, caller: Caller, input: unknown, signal: AbortSignal): void => {
    calls.push({ operation, caller, input, signal })
  }
  const mutation = (operation: keyof Operations, caller: Caller, input: unknown, signal: AbortSignal): void => {
    record(operation, caller, input, signal)
    if (caller.principal.kind !== 'person' || caller.principal.role === 'viewer') throw new PiccoloError('permission-denied', `Your role may not call ${operation}.`)
  }
  return {
    calls,
    async cluster(caller, signal) {
      record('cluster', caller, undefined, signal)
      return { name: 'demo', clusterEpoch: 'e1', term: 7n, version: '0.1.0', sessionAddress: '127.0.0.1:47100' }
    },
    async apply(caller, files, signal) {
      mutation('apply', caller, files, signal)
      return { revision: 2n ** 60n, artifacts: [{ kind: 'Model', name: 'web', change: 'created' }], warnings: ['w'] }
    },
    async deleteManifest(caller, files, signal) {
      mutation('deleteManifest', caller, files, signal)
      return { revision: 6n, deleted: [{ kind: 'Model', name: 'web' }] }
    },
    async deleteArtifact(caller, ref, signal) {
      mutation('deleteArtifact', caller, ref, signal)
      if (ref.name === 'absent') throw new PiccoloError('not-found', `There is no ${ref.kind} "${ref.name}".`)
      return { revision: 7n, deleted: [ref] }
    },
    async artifacts(caller, kind, signal) {
      record('artifacts', caller, kind, signal)
      return [{ kind: 'Model', name: 'web', revision: 5n, document: { apiVersion: 'v1', odd: null } }]
    },
    async scenarios(caller, signal) {
      record('scenarios', caller, undefined, signal)
      return [{ name: 'start-shop', action: 'launch', target: 'shop', phase: 'completed', revision: 5n }]
    },
    async packages(caller, signal) {
      record('packages', caller, undefined, signal)
      return [{ name: 'shop', state: 'running', models: [{ name: 'web', node: 'zone-a', state: 'running' }], launchedBy: 'start-shop' }]
    },
    async workloads(caller, signal) {
      record('workloads', caller, undefined, signal)
      return [workloadView]
    },
    async nodes(caller, signal) {
      record('nodes', caller, undefined, signal)
      return [nodeView]
    },
    async *events(caller, options, signal) {
      record('events', caller, options, signal)
      yield* [clusterEvent(4n, '1.1'), clusterEvent(5n, '1.2'), clusterEvent(5n, '1.3'), clusterEvent(6n, '2.1')].filter(({ revision }) => revision > (options.after ?? 0n))
      if (options.follow) await untilAborted(signal)
    },
    async *logs(caller, options, signal) {
      record('logs', caller, options, signal)
      if (options.workload === 'absent') throw new PiccoloError('not-found', 'There is no workload "absent".')
      yield { container: 'front', stream: 'stdout', line: 'hello\u2028there', atMs: 5_000 }
      yield { container: 'front', stream: 'stderr', line: 'oh' }
      if (options.follow) await untilAborted(signal)
    },
    async signals(caller, signal) {
      record('signals', caller, undefined, signal)
      return [{ name: 'cabin#heat', value: 21.5, atMs: 4_000, awaitedBy: ['start-shop'] }]
    },
    async publishSignals(caller, signals, signal) {
      mutation('publishSignals', caller, signals, signal)
    },
    async createToken(caller, request, signal) {
      mutation('createToken', caller, request, signal)
      return { token: 'pcl1.id.secret.pin', id: 'id', expiresAtMs: 9_000 }
    },
    async tokens(caller, signal) {
      record('tokens', caller, undefined, signal)
      return [{ id: 'abcdef012345', state: 'open', createdAtMs: 1_000, expiresAtMs: 901_000, nodeId: 'zone-b' }]
    },
    async revokeToken(caller, id, signal) {
      mutation('revokeToken', caller, id, signal)
    },
    async approvals(caller, signal) {
      record('approvals', caller, undefined, signal)
      return [{ key: 'ab'.repeat(32), node: 'zone-a', reason: 'other-key', requestedAtMs: 1_000, address: '10.0.0.9:4711', hostname: 'board-9' }]
    },
    async approve(caller, which, signal) {
      mutation('approve', caller, which, signal)
    },
    async deny(caller, which, signal) {
      mutation('deny', caller, which, signal)
    },
    async revokeNode(caller, node, request, signal) {
      mutation('revokeNode', caller, { node, ...request }, signal)
    },
    async quarantineNode(caller, node, request, signal) {
      mutation('quarantineNode', caller, { node, ...request }, signal)
    },
    async releaseNode(caller, node, signal) {
      mutation('releaseNode', caller, node, signal)
    },
    async setNodeRole(caller, node, role, signal) {
      mutation('setNodeRole', caller, { node, role }, signal)
    },
    async audit(caller, options, signal) {
      mutation('audit', caller, options, signal)
      return [{ id: '1.1', atMs: 1_000, who: 'admin:ada', source: '127.0.0.1:55012', operation: 'apply', subject: 'Model/web', outcome: 'done' }]
    },
    async *changes(caller, signal) {
      record('changes', caller, undefined, signal)
      yield
      yield
      await untilAborted(signal)
    },
    ...overrides,
  }
}

/** Resolves when the signal aborts, as a source does that has nothing more to say. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => { resolve() }, { once: true })
  })
}
