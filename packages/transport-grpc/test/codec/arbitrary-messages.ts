import fc from 'fast-check'
import {
  errorCodes, type AgentMessage, type AssignedItem, type ContainerStatus, type EnrollReply, type EnrollRequest, type ErrorCode, type Hello,
  type JournalEntry, type JournalPosition, type MasterMessage, type MessageContext, type RenewRequest, type SetDelta, type SetVersion,
  type StatusEntry, type SystemFacts, type Timings, type VersionRange, type WireError, type WorkloadStatus,
} from '@piccolo/core/spi'

type OptionalKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** An arbitrary for every field, optional ones too: a new field does not compile until it is tested. */
type Fields<T> = { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> }
type Kinds<Message extends { readonly type: string }> = {
  [Kind in Message['type']]: fc.Arbitrary<Extract<Message, { readonly type: Kind }>>
}

function fields<T extends object>(all: Fields<T>, optional: readonly OptionalKey<T>[] = []): fc.Arbitrary<T> {
  const requiredKeys = (Object.keys(all) as (keyof T)[]).filter((key) => !optional.includes(key as OptionalKey<T>))
  // fast-check's own type for partial records has no exact optional properties.
  return fc.record(all, { requiredKeys, noNullPrototype: true })
}

const text = fc.string({ unit: 'binary', maxLength: 40 })
const uint = fc.maxSafeNat()
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
// Zero has one sign on the wire.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))
const bytes = fc.uint8Array({ maxLength: 64 })
const sessionToken = bytes.map((token) => Buffer.from(token).toString('hex'))
const sequence = uint
const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 4 })

const versions = fields<VersionRange>({ min: uint, max: uint })
const position = fields<JournalPosition>({ incarnation: uint, seq: uint })
const version = fields<SetVersion>({ generation: uint64, digest: text })
const context = fields<MessageContext>({ traceparent: text, requestId: text, principal: text }, ['traceparent', 'requestId', 'principal'])
const facts = fields<SystemFacts>({
  hostname: text, architecture: text, os: text, kernel: text, cpuCores: number, memoryBytes: uint, diskBytes: uint, runtime: text,
  cgroupVersion: uint, bootId: text,
})
const json = fc.dictionary(text, fc.jsonValue(), { maxKeys: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>)
const error = fields<WireError>(
  { code: fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[])), message: text, details: json },
  ['details'],
)

const container = fields<ContainerStatus>(
  {
    name: text, id: text, image: text, state: fc.constantFrom('created', 'paused', 'exited', 'dead', 'running', 'pending'), reason: text,
    exitCode: fc.integer(), oomKilled: fc.boolean(), restarts: uint, startedAtMs: number, exitedAtMs: number, nextAttemptAtMs: number,
  },
  ['id', 'reason', 'exitCode', 'oomKilled', 'startedAtMs', 'exitedAtMs', 'nextAttemptAtMs'],
)
const workload = fields<WorkloadStatus>(
  {
    workload: text, package: text, model: text, wantedDigest: text, effectiveDigest: text, epoch: uint64,
    state: fc.constantFrom('pending', 'created', 'paused', 'exited', 'dead', 'running', 'removing'), reason: text, containers: list(container),
  },
  ['effectiveDigest', 'reason'],
)
const statusEntry = fields<StatusEntry>({ key: text, position, workload }, ['workload'])
const journalEntry = fields<JournalEntry>({
  position, atMs: number, severity: fc.constantFrom('debug', 'info', 'warning', 'critical'), type: text, subject: text, message: text,
  fields: fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean()), { maxKeys: 4, noNullPrototype: true }),
})
const journal = fields<Hello['journal']>({ oldest: position, next: position, lastSeqs: list(position) }, ['oldest'])
const assigned = fields<AssignedItem>({ key: text, digest: text, epoch: uint64, content: bytes })
// The one key that is there even when it is undefined.
const delta: fc.Arbitrary<SetDelta> = fc.record(
  { base: fc.option(version, { nil: undefined }), target: version, upserts: list(assigned), removals: list(text) },
  { noNullPrototype: true },
)
const timings = fields<Timings>({
  beatMs: number, suspectMs: number, disconnectedMs: number, lostMs: number, stopAfterMs: number, redialCapMs: number,
})

const is = <const T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type)
type Agent<Kind extends AgentMessage['type']> = Extract<AgentMessage, { readonly type: Kind }>
type Master<Kind extends MasterMessage['type']> = Extract<MasterMessage, { readonly type: Kind }>

export const agentMessages: Kinds<AgentMessage> = {
  hello: fields<Agent<'hello'>>(
    {
      type: is('hello'), context, sessionToken, sequence, versions, agentVersion: text, nodeId: text, bootId: text, stateEpoch: text, clusterEpoch: text,
      highestRevision: uint64, highestTerm: uint64, held: version, journal, fencing: fc.constantFrom('supervisor', 'watchdog', 'none'),
      capabilities: list(text), facts,
    },
    ['context', 'sessionToken', 'sequence', 'clusterEpoch', 'held'],
  ),
  inventory: fields<Agent<'inventory'>>(
    { type: is('inventory'), context, sessionToken, sequence, items: list(fields({ key: text, digest: text, epoch: uint64 })) },
    ['context', 'sessionToken', 'sequence'],
  ),
  readiness: fields<Agent<'readiness'>>(
    {
      type: is('readiness'), context, sessionToken, sequence,
      readiness: fields({
        ready: fc.boolean(),
        findings: list(fields({ check: text, level: fc.constantFrom('ok' as const, 'warn' as const, 'fail' as const), reason: text })),
      }),
    },
    ['context', 'sessionToken', 'sequence'],
  ),
  beat: fields<Agent<'beat'>>({ type: is('beat'), context, sessionToken, sequence, number: uint, sentAtBootMs: number, lastEcho: uint, loopAgeMs: number }, ['context', 'sessionToken', 'sequence']),
  held: fields<Agent<'held'>>({ type: is('held'), context, sessionToken, sequence, version }, ['context', 'sessionToken', 'sequence']),
  'assign-refused': fields<Agent<'assign-refused'>>({ type: is('assign-refused'), context, sessionToken, sequence, generation: uint64, error }, ['context', 'sessionToken', 'sequence']),
  status: fields<Agent<'status'>>({ type: is('status'), context, sessionToken, sequence, entries: list(statusEntry) }, ['context', 'sessionToken', 'sequence']),
  synced: fields<Agent<'synced'>>({ type: is('synced'), context, sessionToken, sequence, position }, ['context', 'sessionToken', 'sequence']),
  report: fields<Agent<'report'>>({ type: is('report'), context, sessionToken, sequence, entries: list(journalEntry) }, ['context', 'sessionToken', 'sequence']),
  reply: fields<Agent<'reply'>>({ type: is('reply'), context, sessionToken, sequence, commandId: text, payload: bytes, done: fc.boolean(), error }, ['context', 'sessionToken', 'sequence', 'payload', 'error']),
  signal: fields<Agent<'signal'>>(
    { type: is('signal'), context, sessionToken, sequence, signals: list(fields({ name: text, value: fc.oneof(number, text, fc.boolean(), fc.constant(null)) })) },
    ['context', 'sessionToken', 'sequence'],
  ),
  bye: fields<Agent<'bye'>>({ type: is('bye'), context, sessionToken, sequence, reason: text }, ['context', 'sessionToken', 'sequence']),
}

export const masterMessages: Kinds<MasterMessage> = {
  welcome: fields<Master<'welcome'>>(
    {
      type: is('welcome'), context, version: uint, sessionEpoch: fields({ term: uint64, counter: uint }), clusterEpoch: text, sessionToken: text,
      timings, masterTimeMs: number, acknowledged: position, wanted: version, storeRevision: uint64,
    },
    ['context', 'acknowledged', 'wanted'],
  ),
  assign: fields<Master<'assign'>>({ type: is('assign'), context, delta, storeRevision: uint64 }, ['context']),
  ack: fields<Master<'ack'>>({ type: is('ack'), context, position, storeRevision: uint64 }, ['context']),
  beat: fields<Master<'beat'>>({ type: is('beat'), context, number: uint, sentAtBootMs: number, lease: fc.boolean() }, ['context']),
  command: fields<Master<'command'>>(
    {
      type: is('command'), context, commandId: text, deadlineMs: number,
      command: fc.oneof(
        fields<Extract<Master<'command'>['command'], { name: 'logs' }>>(
          { name: is('logs'), workload: text, container: text, follow: fc.boolean(), tail: uint },
          ['container', 'tail'],
        ),
        fields<Extract<Master<'command'>['command'], { name: 'cancel' }>>({ name: is('cancel'), target: text }),
      ),
    },
    ['context'],
  ),
  refuse: fields<Master<'refuse'>>(
    { type: is('refuse'), context, error, retryAfterMs: number, workloads: fc.constantFrom('keep', 'stop'), clusterEpoch: text },
    ['context', 'workloads', 'clusterEpoch'],
  ),
}

export const enrollRequests = fields<EnrollRequest>({ versions, token: text, csr: bytes, wantedNodeId: text, facts }, ['wantedNodeId'])
export const renewRequests = fields<RenewRequest>({ versions, csr: bytes })
export const enrollReplies = fields<EnrollReply>({ cluster: text, nodeId: text, certificateChainPem: text, authoritiesPem: list(text) })
