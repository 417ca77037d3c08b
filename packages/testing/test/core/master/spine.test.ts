import { afterEach, describe, expect, it } from 'vitest'
import { createMaster, type RunningMaster } from '@piccolo/core'
import type { AgentChannel, AgentMessage, Caller, MasterMessage, Operations, SystemFacts } from '@piccolo/core/spi'
import { manualClock, memoryAuth, memoryBackend, memoryCredentials, memoryDisk, memoryNetwork, memoryStore, seededRandom, silentLogger } from '../../../src/index.js'

const facts: SystemFacts = {
  hostname: 'board', architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 2, memoryBytes: 1e9, diskBytes: 1e10, runtime: 'memory', cgroupVersion: 2, bootId: 'boot-1',
}
const admin: Caller = { principal: { kind: 'person', name: 'test', role: 'admin' }, source: 'test' }
const never = new AbortController().signal

const manifest = `apiVersion: v1
kind: Scenario
metadata: { name: hello }
spec: { condition: null, action: launch, target: hello }
---
apiVersion: v1
kind: Package
metadata: { name: hello }
spec:
  pattern: [{ type: plain }]
  models: [{ name: web, node: board }]
---
apiVersion: v1
kind: Model
metadata: { name: web }
spec:
  containers: [{ name: main, image: busybox, command: [sleep, "1000"] }]
`

const open: RunningMaster[] = []
afterEach(async () => { for (const master of open.splice(0)) await master.stop() })

async function masterOnTwins() {
  const clock = manualClock()
  const random = seededRandom(1)
  const network = memoryNetwork()
  const auth = memoryAuth()
  const backend = memoryBackend()
  let operations: Operations | undefined
  const master = await createMaster({
    cluster: 'demo', clock, random, store: memoryStore({ backend }), auth, transport: network.transport({ listen: 'master:1' }),
    surfaces: [(context) => {
      operations = context.operations
      return { start: () => Promise.resolve({ address: 'memory' }), close: () => Promise.resolve() }
    }],
  }).start()
  open.push(master)
  if (operations === undefined) throw new Error('The surface was not started.')
  return { clock, random, network, master, operations, backend }
}
type Twins = Awaited<ReturnType<typeof masterOnTwins>>

/** A node's end of a session, by hand. */
async function join({ network, operations, clock, random }: Twins) {
  const context = { clock, random, logger: silentLogger, disk: memoryDisk() }
  const { token } = await operations.createToken(admin, { nodeId: 'board' }, never)
  const credentials = memoryCredentials({ token })(context)
  await credentials.open(never)
  const transport = network.transport({ name: 'board' })(context)
  const { csr, verifyServer } = await credentials.enrolment(never)
  await credentials.accept(await transport.enroll('master:1', { versions: { min: 1, max: 1 }, token, csr, facts }, { verifyServer }, never), never)
  const identity = credentials.enrolled
  if (identity === undefined) throw new Error('Not enrolled.')
  const channel = await transport.connect('master:1', { identity: identity.tls, verifyServer: credentials.verifyServer(() => clock.wallMs()) }, never)
  const inbox = inboxOf(channel)
  let sequence = 0
  const send = async (message: AgentMessage): Promise<void> => {
    if (message.type === 'hello') return channel.send(message, never)
    const { sessionToken } = await until(clock, () => inbox.find((answer) => answer.type === 'welcome'))
    sequence += 1
    return channel.send({ ...message, sessionToken, sequence }, never)
  }
  return { channel, inbox, send }
}

function inboxOf(channel: AgentChannel): MasterMessage[] {
  const inbox: MasterMessage[] = []
  void (async () => {
    for await (const message of channel.messages) inbox.push(message)
  })().catch(() => undefined)
  return inbox
}

const hello: AgentMessage = {
  type: 'hello', versions: { min: 1, max: 1 }, agentVersion: '0.1.0', nodeId: 'board', bootId: 'boot-1', stateEpoch: 's1', highestRevision: 0n, highestTerm: 0n,
  journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts,
}

async function until<Value>(clock: Twins['clock'], look: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (let turn = 0; turn < 200; turn += 1) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    await clock.advance(10)
  }
  throw new Error('It did not come to be.')
}

async function makeReady(twins: Twins, node: Awaited<ReturnType<typeof join>>) {
  await node.send(hello)
  await node.send({ type: 'inventory', items: [] })
  await node.send({ type: 'synced', position: { incarnation: 1, seq: 0 } })
  await node.send({ type: 'readiness', readiness: { ready: true, findings: [] } })
  await node.send({ type: 'beat', number: 1, sentAtBootMs: 0, lastEcho: 0, loopAgeMs: 0 })
  await node.send({ type: 'beat', number: 2, sentAtBootMs: 0, lastEcho: 1, loopAgeMs: 0 })
  const assign = await until(twins.clock, () => node.inbox.find((message) => message.type === 'assign'))
  await node.send({ type: 'held', version: assign.delta.target })
  await until(twins.clock, async () => (await twins.operations.nodes(admin, never))[0]?.phase === 'ready')
  return assign.delta.target
}

describe('a master on twins', () => {
  it('lets a node with a token in, makes it Ready after its resync, and sends it what an apply asks for', async () => {
    const twins = await masterOnTwins()
    const node = await join(twins)
    const held = await makeReady(twins, node)
    const applied = await twins.operations.apply(admin, [{ name: 'a.yaml', text: manifest }], never)
    expect(applied.artifacts.map(({ change }) => change)).toEqual(['created', 'created', 'created'])
    const assign = await until(twins.clock, () => node.inbox.filter((message) => message.type === 'assign').at(1))
    expect(assign.delta.base).toEqual(held)
    expect(assign.delta.upserts.map(({ key }) => key)).toEqual(['workload/web'])
    expect(JSON.parse(new TextDecoder().decode(assign.delta.upserts[0]?.content))).toMatchObject({ name: 'web', containers: [{ image: 'busybox' }] })
  })

  it('W2: the same manifest again changes nothing for the node', async () => {
    const twins = await masterOnTwins()
    const node = await join(twins)
    await makeReady(twins, node)
    await twins.operations.apply(admin, [{ name: 'a.yaml', text: manifest }], never)
    await until(twins.clock, () => node.inbox.filter((message) => message.type === 'assign').at(1))
    const again = await twins.operations.apply(admin, [{ name: 'a.yaml', text: manifest }], never)
    expect(again.artifacts.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged'])
    await until(twins.clock, async () => (await twins.operations.scenarios(admin, never))[0]?.phase === 'completed')
    await twins.clock.advance(1_000)
    expect(node.inbox.filter((message) => message.type === 'assign')).toHaveLength(2)
  })

  it('acknowledges a report after its commit, commits it once, and shows it as events', async () => {
    const twins = await masterOnTwins()
    const node = await join(twins)
    await makeReady(twins, node)
    const entry = { position: { incarnation: 1, seq: 1 }, atMs: 5, severity: 'info' as const, type: 'container-exited', subject: 'workload/web', message: 'x', fields: {} }
    await node.send({ type: 'report', entries: [entry] })
    await node.send({ type: 'report', entries: [entry] })
    await until(twins.clock, () => node.inbox.filter((message) => message.type === 'ack').at(1))
    const events = []
    for await (const event of twins.operations.events(admin, { follow: false }, never)) if (event.type === 'container-exited') events.push(event)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ node: 'board', atMs: 5, fields: { incarnation: 1, seq: 1 } })
  })

  it('takes the workload away when its artifacts are deleted, and forgets what the node no longer names', async () => {
    const twins = await masterOnTwins()
    const node = await join(twins)
    await makeReady(twins, node)
    await twins.operations.apply(admin, [{ name: 'a.yaml', text: manifest }], never)
    const assign = await until(twins.clock, () => node.inbox.filter((message) => message.type === 'assign').at(1))
    await node.send({ type: 'held', version: assign.delta.target })
    await twins.operations.deleteManifest(admin, [{ name: 'a.yaml', text: manifest }], never)
    const removal = await until(twins.clock, () => node.inbox.filter((message) => message.type === 'assign').at(2))
    expect(removal.delta.removals).toEqual(['workload/web'])
  })

  it('I1: a token used a second time is refused and creates nothing', async () => {
    const twins = await masterOnTwins()
    const { token } = await twins.operations.createToken(admin, {}, never)
    const enrol = async (name: string) => {
      const context = { clock: twins.clock, random: seededRandom(name.length), logger: silentLogger, disk: memoryDisk() }
      const credentials = memoryCredentials({ token })(context)
      await credentials.open(never)
      const { csr, verifyServer } = await credentials.enrolment(never)
      return twins.network.transport({ name })(context).enroll('master:1', { versions: { min: 1, max: 1 }, token, csr, facts }, { verifyServer }, never)
    }
    const results = await Promise.allSettled([enrol('a'), enrol('bb')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await twins.operations.nodes(admin, never)).toHaveLength(1)
  })

  it('says no to a person whose role does not reach, and keeps it in the audit log', async () => {
    const twins = await masterOnTwins()
    const viewer: Caller = { principal: { kind: 'person', name: 'v', role: 'viewer' }, source: 'test' }
    await expect(twins.operations.apply(viewer, [{ name: 'a.yaml', text: manifest }], never)).rejects.toMatchObject({ code: 'permission-denied' })
    const audit = twins.backend.list('audit/', {}).entries.map(({ value }) => new TextDecoder().decode(value))
    expect(audit.some((entry) => entry.includes('viewer:v') && entry.includes('refused'))).toBe(true)
  })

  it('refuses a manifest whose references lead nowhere, as a whole', async () => {
    const twins = await masterOnTwins()
    await expect(twins.operations.apply(admin, [{ name: 'a.yaml', text: manifest.split('---\n').slice(0, 2).join('---\n') }], never)).rejects.toMatchObject({
      code: 'invalid-manifest', details: { problems: [{ path: 'spec.models[0].name', line: 11, column: 20 }] },
    })
    expect(await twins.operations.artifacts(admin, undefined, never)).toEqual([])
  })
})
