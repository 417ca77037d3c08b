import type { AgentMessage, MasterMessage } from '@piccolo/core/spi'
import { facts } from './harness.js'

export type Samples<Message extends { readonly type: string }> = {
  readonly [Kind in Message['type']]: readonly Extract<Message, { readonly type: Kind }>[]
}

const digest = 'a'.repeat(64)
const sessionToken = '00ff10'.padEnd(32, '7')
const beyondDouble = 2n ** 53n + 1n
const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
const position = { incarnation: 3, seq: 7 }
const error = { code: 'resource-exhausted', message: 'no space, 12 % frei ✓', details: { freeBytes: 12, nested: { list: [1, 'two', null] } } } as const

/** At least one of each kind, at its fullest and at its emptiest: a new kind does not compile until it is here. */
export const agentSamples: Samples<AgentMessage> = {
  hello: [
    {
      type: 'hello', versions: { min: 1, max: 2 }, agentVersion: '0.1.0', nodeId: 'edge-1', bootId: 'b', stateEpoch: 's', clusterEpoch: 'c',
      highestRevision: beyondDouble, highestTerm: 9n, held: { generation: beyondDouble, digest },
      journal: { oldest: position, next: { incarnation: 4, seq: 1 }, lastSeqs: [position] }, fencing: 'supervisor', capabilities: ['logs'], facts,
      context: { traceparent: '00-1-2-01', requestId: 'r1', principal: 'person:admin' },
    },
    {
      type: 'hello', versions: { min: 1, max: 1 }, agentVersion: '', nodeId: '', bootId: '', stateEpoch: '', highestRevision: 0n, highestTerm: 0n,
      journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts,
    },
  ],
  inventory: [{ type: 'inventory', items: [{ key: 'workload/web', digest, epoch: 5n }] }, { type: 'inventory', items: [] }],
  readiness: [
    { type: 'readiness', readiness: { ready: false, findings: [{ check: 'disk', level: 'fail', reason: 'disk 92 % full' }, { check: 'podman', level: 'ok', reason: '' }] } },
  ],
  beat: [{ type: 'beat', number: 1, sentAtBootMs: 1234.5, lastEcho: 0, loopAgeMs: 0.25, sessionToken, sequence: 2 ** 53 - 1 }],
  held: [{ type: 'held', version: { generation: 8n, digest } }],
  'assign-refused': [{ type: 'assign-refused', generation: 8n, error }],
  status: [
    {
      type: 'status',
      entries: [
        { key: 'workload/gone', position },
        {
          key: 'workload/web', position,
          workload: {
            workload: 'web', package: 'shop', model: 'web', wantedDigest: digest, effectiveDigest: digest, epoch: 5n, state: 'running', reason: 'why',
            containers: [
              { name: 'a', image: 'busybox', state: 'pending', restarts: 0 },
              {
                name: 'b', id: 'f00', image: 'busybox', state: 'dead', reason: 'CrashLoopBackOff', exitCode: -1, oomKilled: true, restarts: 4,
                startedAtMs: 1_767_225_600_000, exitedAtMs: 1_767_225_600_000.5, nextAttemptAtMs: 0,
              },
            ],
          },
        },
      ],
    },
  ],
  synced: [{ type: 'synced', position }],
  report: [
    {
      type: 'report',
      entries: [
        {
          position, atMs: 1_767_225_600_000, severity: 'critical', type: 'container-exited', subject: 'workload/web', message: 'exited with 1',
          fields: { code: 1, oom: false, image: 'busybox', ['__proto__']: 'a field like any other' },
        },
      ],
    },
  ],
  reply: [
    { type: 'reply', commandId: 'c1', payload: everyByte, done: false },
    { type: 'reply', commandId: 'c1', payload: new Uint8Array(), done: true, error },
    { type: 'reply', commandId: 'c1', done: true },
  ],
  signal: [
    {
      type: 'signal',
      signals: [
        { name: 'vehicle/speed#value', value: -0.5 }, { name: 'door', value: false }, { name: 'zero', value: 0 }, { name: 'empty', value: '' },
        { name: 'mode', value: 'läuft ✓' }, { name: 'gone', value: null },
      ],
      sessionToken: 'ab'.repeat(64), context: { requestId: 'r2' },
    },
    { type: 'signal', signals: [] },
  ],
  bye: [{ type: 'bye', reason: 'stopping' }],
}

export const masterSamples: Samples<MasterMessage> = {
  welcome: [
    {
      type: 'welcome', version: 1, sessionEpoch: { term: beyondDouble, counter: 12 }, clusterEpoch: 'c', sessionToken: 't',
      timings: { beatMs: 5_000, suspectMs: 15_000, disconnectedMs: 30_000, lostMs: 60_000, stopAfterMs: 45_000, redialCapMs: 8_000 },
      masterTimeMs: 1_767_225_600_000, acknowledged: position, wanted: { generation: 1n, digest }, storeRevision: beyondDouble,
      context: { principal: 'system' },
    },
    {
      type: 'welcome', version: 1, sessionEpoch: { term: 1n, counter: 0 }, clusterEpoch: 'c', sessionToken: '',
      timings: { beatMs: 1, suspectMs: 2, disconnectedMs: 3, lostMs: 4, stopAfterMs: 5, redialCapMs: 6 }, masterTimeMs: 0, storeRevision: 0n,
    },
  ],
  assign: [
    {
      type: 'assign', storeRevision: 9n,
      delta: {
        base: { generation: 8n, digest }, target: { generation: 9n, digest },
        upserts: [{ key: 'workload/web', digest, epoch: 9n, content: everyByte }, { key: 'node', digest, epoch: 1n, content: new Uint8Array() }],
        removals: ['workload/old'],
      },
    },
    { type: 'assign', storeRevision: 9n, delta: { base: undefined, target: { generation: 9n, digest }, upserts: [], removals: [] } },
  ],
  ack: [{ type: 'ack', position, storeRevision: 10n }],
  beat: [{ type: 'beat', number: 1, sentAtBootMs: 1234.5, lease: true }],
  command: [
    { type: 'command', commandId: 'c1', deadlineMs: 5_000, command: { name: 'logs', workload: 'web', container: 'a', follow: true, tail: 0 } },
    { type: 'command', commandId: 'c1', deadlineMs: 5_000, command: { name: 'logs', workload: 'web', follow: false } },
    { type: 'command', commandId: 'c2', deadlineMs: 5_000, command: { name: 'cancel', target: 'c1' } },
  ],
  refuse: [
    { type: 'refuse', error: { code: 'unknown-node', message: 'who?' }, retryAfterMs: 60_000 },
    { type: 'refuse', error: { code: 'revoked', message: 'gone' }, retryAfterMs: 0, workloads: 'stop', clusterEpoch: 'c' },
    { type: 'refuse', error: { code: 'quarantined', message: 'two of you' }, retryAfterMs: 1, workloads: 'keep' },
  ],
}
