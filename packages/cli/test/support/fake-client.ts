import type { PiccoloClient } from '@piccolo/client'
import type { ApprovalView, AuditEntry, ClusterEvent, NodeView, PackageView, ScenarioView, SignalView, TokenView, WorkloadView } from '@piccolo/core/spi'

/** The wall clock of every test. */
export const nowMs = Date.UTC(2026, 0, 2, 12, 0, 0)

export const nodes: readonly NodeView[] = [
  {
    name: 'zone-a', type: 'embedded', role: 'worker', labels: { site: 'hull', deck: '2' }, phase: 'ready', standing: 'active', reasons: [], connected: true, suspect: false, address: '10.0.0.7',
    workloads: 2, agentVersion: '0.1.0', registeredAtMs: nowMs - 86_400_000, lastSeenAtMs: nowMs - 3_000, heldGeneration: 12n, wantedGeneration: 12n,
    facts: { hostname: 'board-7', architecture: 'arm64', os: 'Debian 12', kernel: '6.18', cpuCores: 4, memoryBytes: 2 ** 31, diskBytes: 2 ** 34, runtime: 'podman 4.3.1', cgroupVersion: 2, bootId: 'b-1' },
    readiness: { ready: true, findings: [{ check: 'disk', level: 'warn', reason: '84 % full' }, { check: 'podman', level: 'ok', reason: '' }] },
  },
  { name: 'cloud-1', type: 'cloud', role: 'gateway', labels: {}, phase: 'notReady', standing: 'active', reasons: ['podman is missing: install it with apt install podman and start again'], connected: false, suspect: false, workloads: 0, registeredAtMs: nowMs },
]

export const workloads: readonly WorkloadView[] = [
  {
    node: 'zone-a', workload: 'web', package: 'shop', model: 'web', wantedDigest: 'aaaaaaaaaaaaaaaa', effectiveDigest: 'aaaaaaaaaaaaaaaa', epoch: 9n, state: 'running',
    containers: [
      { name: 'front', image: 'localhost/busybox', state: 'running', restarts: 3, id: '0123456789abcdef', startedAtMs: nowMs - 180_000 },
      { name: 'side', image: 'localhost/busybox', state: 'running', restarts: 0, startedAtMs: nowMs - 200_000 },
    ],
  },
  {
    node: 'zone-a', workload: 'billing', package: 'shop', model: 'billing', wantedDigest: 'bbbbbbbbbbbbbbbb', epoch: 9n, state: 'dead',
    containers: [{ name: 'main', image: 'localhost/billing', state: 'dead', restarts: 7, exitCode: 137, oomKilled: true, reason: 'CrashLoopBackOff: exited with 137', exitedAtMs: nowMs - 5_000, nextAttemptAtMs: nowMs + 20_000 }],
  },
]

export const packages: readonly PackageView[] = [
  { name: 'shop', state: 'degraded', models: [{ name: 'web', node: 'zone-a', state: 'running' }, { name: 'billing', node: 'zone-a', state: 'dead', reason: 'exited with 137' }], launchedBy: 'open-shop' },
]

export const scenarios: readonly ScenarioView[] = [
  { name: 'open-shop', action: 'launch', target: 'shop', phase: 'completed', revision: 11n },
  { name: 'night', action: 'terminate', target: 'shop', phase: 'waiting', reason: 'light is 80, waits for < 5', revision: 11n },
]

export const events: readonly ClusterEvent[] = [
  { id: '2.1', revision: 12n, atMs: nowMs - 60_000, severity: 'info', type: 'container-started', subject: 'workload/web', node: 'zone-a', message: 'front started', fields: {} },
  { id: '2.2', revision: 13n, atMs: nowMs - 5_000, severity: 'critical', type: 'container-exited', subject: 'workload/billing', node: 'zone-a', message: 'main exited with 137\u001b[31m', fields: { exitCode: 137 } },
]

export const signals: readonly SignalView[] = [
  { name: 'cabin#light', value: 80, atMs: nowMs - 2_000, awaitedBy: ['night'] },
  { name: 'door', awaitedBy: ['leave'] },
]

export const joinTokens: readonly TokenView[] = [
  { id: '0a1b2c3d4e5f', state: 'used', createdAtMs: nowMs - 3_600_000, expiresAtMs: nowMs - 2_700_000, nodeId: 'zone-a', usedBy: 'zone-a', usedAtMs: nowMs - 3_540_000 },
  { id: 'feedfacefeed', state: 'open', createdAtMs: nowMs - 60_000, expiresAtMs: nowMs + 840_000, type: 'cloud', role: 'gateway', labels: { site: 'quay' }, addresses: ['10.0.7.0/24', 'fd00::7'] },
]

export const approvals: readonly ApprovalView[] = [
  { key: 'ab12'.repeat(16), node: 'zone-a', reason: 'other-key', requestedAtMs: nowMs - 30_000, address: '10.0.0.9:4711', hostname: 'board-9', token: 'feedfacefeed' },
]

export const audit: readonly AuditEntry[] = [
  { id: '2.1', atMs: nowMs - 60_000, who: 'admin:ada', source: '127.0.0.1:55012', operation: 'apply', subject: 'Package/shop', outcome: 'done', requestId: 'job-7' },
  { id: '2.2', atMs: nowMs - 5_000, who: 'viewer:eve', source: '10.0.0.9:40000', operation: 'revokeNode', subject: 'node/zone-a', outcome: 'refused', reason: 'The role viewer may not do "revokeNode"; it takes the role admin.' },
]

/** A client whose answers are fixed. */
export function fakeClient(overrides: Partial<PiccoloClient> = {}): PiccoloClient {
  return {
    cluster: () => Promise.resolve({ name: 'demo', clusterEpoch: 'e', term: 1n, version: '0.1.0', sessionAddress: '127.0.0.1:47100' }),
    apply: () => Promise.resolve({ revision: 14n, artifacts: [{ kind: 'Package', name: 'shop', change: 'created' }, { kind: 'Model', name: 'web', change: 'unchanged' }], warnings: ['shop.yaml:3:1: odd: not a field that Piccolo knows'] }),
    deleteManifest: () => Promise.resolve({ revision: 15n, deleted: [{ kind: 'Package', name: 'shop' }, { kind: 'Model', name: 'web' }] }),
    deleteArtifact: (ref) => Promise.resolve({ revision: 15n, deleted: [ref] }),
    artifacts: () => Promise.resolve([{ kind: 'Package', name: 'shop', revision: 14n, document: { kind: 'Package' } }]),
    scenarios: () => Promise.resolve(scenarios),
    packages: () => Promise.resolve(packages),
    workloads: () => Promise.resolve(workloads),
    nodes: () => Promise.resolve(nodes),
    async *events() { yield* events },
    async *logs() {
      yield { container: 'front', stream: 'stdout', line: 'hello', atMs: nowMs }
      yield { container: 'side', stream: 'stderr', line: 'oh' }
    },
    signals: () => Promise.resolve(signals),
    publishSignals: () => Promise.resolve(),
    createToken: () => Promise.resolve({ token: 'pcl1.a.b.c', id: 'a', expiresAtMs: nowMs + 900_000 }),
    tokens: () => Promise.resolve(joinTokens),
    revokeToken: () => Promise.resolve(),
    approvals: () => Promise.resolve(approvals),
    approve: () => Promise.resolve(),
    deny: () => Promise.resolve(),
    revokeNode: () => Promise.resolve(),
    quarantineNode: () => Promise.resolve(),
    releaseNode: () => Promise.resolve(),
    setNodeRole: () => Promise.resolve(),
    audit: () => Promise.resolve(audit),
    async *changes() { yield* [] },
    ...overrides,
  }
}
