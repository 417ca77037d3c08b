import { describe, expect, it } from 'vitest'
import type { AgentMessage, Caller, Operations, PersonRole } from '@piccolo/core/spi'
import { messageRoles, operationRoles } from '../../../../core/src/master/api-server/access/role-table.js'
import { admin, masterRig, never, nodeByHand, until, workloadStatus, type Rig } from './rig.js'

const nodeRoles = ['worker', 'monitor', 'gateway'] as const
const personRoles = ['viewer', 'operator', 'admin'] as const

/** One of each kind that a node can send in a session, and how the master shows that it has counted. Kinds without a trace of their own say why they have none. */
const samples: { readonly [Type in Exclude<AgentMessage['type'], 'hello'>]: Extract<AgentMessage, { type: Type }> } = {
  inventory: { type: 'inventory', items: [] },
  readiness: { type: 'readiness', readiness: { ready: true, findings: [] } },
  beat: { type: 'beat', number: 1, sentAtBootMs: 0, lastEcho: 0, loopAgeMs: 0 },
  held: { type: 'held', version: { generation: 0n, digest: '' } },
  'assign-refused': { type: 'assign-refused', generation: 0n, error: { code: 'corrupt', message: 'x' } },
  status: { type: 'status', entries: [workloadStatus('x', 1)] },
  synced: { type: 'synced', position: { incarnation: 1, seq: 0 } },
  report: { type: 'report', entries: [{ position: { incarnation: 1, seq: 1 }, atMs: 1, severity: 'info', type: 'said', subject: 'x', message: 'x', fields: {} }] },
  reply: { type: 'reply', commandId: 'none', done: true },
  signal: { type: 'signal', signals: [{ name: 'speed', value: 1 }] },
  bye: { type: 'bye', reason: 'x' },
}

const refusals = async (rig: Rig) => (await rig.operations.audit(admin, { limit: 1_000 }, never)).filter(({ operation }) => operation === 'message-refused')

/** What is meant, in a second hand: a line of the table that changes has to be changed here as well. */
const meant = {
  viewer: ['cluster', 'artifacts', 'scenarios', 'packages', 'workloads', 'nodes', 'events', 'signals', 'changes', 'logs'],
  operator: ['apply', 'deleteManifest', 'deleteArtifact', 'publishSignals', 'tokens', 'approvals'],
  admin: ['createToken', 'revokeToken', 'approve', 'deny', 'revokeNode', 'quarantineNode', 'releaseNode', 'setNodeRole', 'audit'],
} as const
const meantForAll = ['hello', 'inventory', 'readiness', 'beat', 'held', 'assign-refused', 'status', 'synced', 'report', 'bye']

describe('I8: the role table, walked in full', () => {
  it('says what is meant', () => {
    expect(operationRoles).toEqual(Object.fromEntries(Object.entries(meant).flatMap(([role, names]) => names.map((name) => [name, role]))))
    expect(messageRoles).toEqual({
      ...Object.fromEntries(meantForAll.map((type) => [type, ['worker', 'monitor', 'gateway']])), reply: ['worker', 'gateway'], signal: ['gateway'],
    })
  })

  it('has a line for each message that a node can send, and one for each operation', () => {
    expect(Object.keys(messageRoles).sort()).toEqual(['hello', ...Object.keys(samples)].sort())
  })

  it.each(nodeRoles.flatMap((role) => Object.values(samples).map((message) => [role, message.type, message] as const)))('a %s sends "%s"', async (role, type, message) => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await rig.operations.setNodeRole(admin, 'a', role, never)
    const session = await node.dial()
    await session.hello()
    await until(rig, 'the welcome', () => session.inbox.find((answer) => answer.type === 'welcome'))
    await session.send(message)
    await rig.clock.advance(500)
    const allowed: readonly string[] = messageRoles[type]
    const expected = allowed.includes(role) ? [] : [{ who: 'node:a', outcome: 'refused', reason: `The role ${role} may not send "${type}".` }]
    expect(await refusals(rig)).toMatchObject(expected)
    expect(await refusals(rig)).toHaveLength(expected.length)
    // Only a good-bye ends it: what is refused counts for nothing, and harms nothing else.
    expect(session.over()).toBe(type === 'bye')
    if (type === 'signal') expect((await rig.operations.signals(admin, never)).length).toBe(allowed.includes(role) ? 1 : 0)
  })

  const calls: { readonly [Name in keyof Operations]: (operations: Operations, caller: Caller) => unknown } = {
    cluster: (operations, caller) => operations.cluster(caller, never),
    apply: (operations, caller) => operations.apply(caller, [{ name: 'f', text: 'apiVersion: v1\nkind: Volume\nmetadata: { name: v }\nspec: {}\n' }], never),
    deleteManifest: (operations, caller) => operations.deleteManifest(caller, [], never),
    deleteArtifact: (operations, caller) => operations.deleteArtifact(caller, { kind: 'Model', name: 'none' }, never),
    artifacts: (operations, caller) => operations.artifacts(caller, undefined, never),
    scenarios: (operations, caller) => operations.scenarios(caller, never),
    packages: (operations, caller) => operations.packages(caller, never),
    workloads: (operations, caller) => operations.workloads(caller, never),
    nodes: (operations, caller) => operations.nodes(caller, never),
    events: (operations, caller) => operations.events(caller, { follow: false }, never)[Symbol.asyncIterator]().next(),
    logs: (operations, caller) => operations.logs(caller, { workload: 'none', follow: false }, never)[Symbol.asyncIterator]().next(),
    signals: (operations, caller) => operations.signals(caller, never),
    publishSignals: (operations, caller) => operations.publishSignals(caller, [{ name: 'x', value: 1 }], never),
    createToken: (operations, caller) => operations.createToken(caller, {}, never),
    changes: (operations, caller) => operations.changes(caller, AbortSignal.abort())[Symbol.asyncIterator]().next(),
    tokens: (operations, caller) => operations.tokens(caller, never),
    revokeToken: (operations, caller) => operations.revokeToken(caller, 'none', never),
    approvals: (operations, caller) => operations.approvals(caller, never),
    approve: (operations, caller) => operations.approve(caller, { node: 'none' }, never),
    deny: (operations, caller) => operations.deny(caller, { node: 'none' }, never),
    revokeNode: (operations, caller) => operations.revokeNode(caller, 'none', {}, never),
    quarantineNode: (operations, caller) => operations.quarantineNode(caller, 'none', {}, never),
    releaseNode: (operations, caller) => operations.releaseNode(caller, 'none', never),
    setNodeRole: (operations, caller) => operations.setNodeRole(caller, 'none', 'worker', never),
    audit: (operations, caller) => operations.audit(caller, {}, never),
  }
  const rankOf = (role: PersonRole): number => personRoles.indexOf(role)
  const callers: readonly Caller[] = [
    ...personRoles.map((role): Caller => ({ principal: { kind: 'person', name: 'p', role }, source: '10.0.0.1:1' })),
    { principal: { kind: 'node', nodeId: 'a', cluster: 'demo', keyFingerprint: 'f' }, source: '10.0.0.1:1' },
  ]

  it.each(Object.keys(calls).map((name) => [name as keyof Operations]))('%s is for whom the table says, and a refusal is audited with who, whence and why', async (name) => {
    await using rig = await masterRig()
    expect(Object.keys(operationRoles)).toContain(name)
    for (const caller of callers) {
      const { principal } = caller
      const before = rig.backend.revision
      const code = await Promise.resolve(calls[name](rig.operations, caller)).then(() => 'done', (error: unknown) => (error as { code: string }).code)
      const allowed = principal.kind === 'person' && rankOf(principal.role) >= rankOf(operationRoles[name])
      expect([name, principal.kind === 'person' ? principal.role : 'node', code === 'permission-denied']).toEqual([name, principal.kind === 'person' ? principal.role : 'node', !allowed])
      if (allowed) continue
      expect(rig.backend.revision).toBe(before + 1n)
      expect((await rig.operations.audit(admin, { limit: 1 }, never))[0]).toMatchObject({
        who: principal.kind === 'person' ? `${principal.role}:p` : 'node:a', source: '10.0.0.1:1', operation: name, outcome: 'refused', reason: expect.stringContaining(operationRoles[name]) as string,
      })
    }
  })
})
