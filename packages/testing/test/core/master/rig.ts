import { createMaster, type MasterOptions, type RunningMaster } from '@piccolo/core'
import { PiccoloError, type AgentChannel, type AgentMessage, type Caller, type Door, type MasterMessage, type Operations, type SystemFacts } from '@piccolo/core/spi'
import { manualClock, memoryAuth, memoryBackend, memoryCredentials, memoryDisk, memoryNetwork, memoryStore, seededRandom, silentLogger } from '../../../src/index.js'

export const admin: Caller = { principal: { kind: 'person', name: 'test', role: 'admin' }, source: 'test' }
export const never = new AbortController().signal
export const facts: SystemFacts = {
  hostname: 'board', architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 2, memoryBytes: 1e9, diskBytes: 1e10, runtime: 'memory', cgroupVersion: 2, bootId: 'boot-1',
}

/** A real master on twins. */
export async function masterRig(options: Partial<MasterOptions> = {}, backend = memoryBackend()) {
  const clock = manualClock()
  const random = seededRandom(1)
  const network = memoryNetwork()
  const auth = memoryAuth()
  let operations: Operations | undefined
  let door: Door | undefined
  const startOnly = (more: Partial<MasterOptions>, signal?: AbortSignal): Promise<RunningMaster> =>
    createMaster({
      cluster: 'demo', clock, random, store: memoryStore({ backend }), auth, transport: network.transport({ listen: 'master:1' }),
      surfaces: [(context) => {
        operations = context.operations
        door = context.door
        return { start: () => Promise.resolve({ address: 'memory' }), close: () => Promise.resolve() }
      }],
      ...options,
      ...more,
    }).start(signal)
  const start = async (more: Partial<MasterOptions> = {}): Promise<{ readonly master: RunningMaster; readonly operations: Operations; readonly door: Door }> => {
    const master = await startOnly(more)
    if (operations === undefined || door === undefined) throw new PiccoloError('internal', 'The surface was not started.')
    return { master, operations, door }
  }
  const first = await start()
  const events = async () => {
    const all = []
    for await (const event of first.operations.events(admin, { follow: false, limit: 1_000 }, never)) all.push(event)
    return all
  }
  return {
    clock, random, network, backend, start, startOnly, events, ...first,
    apply: (text: string) => first.operations.apply(admin, [{ name: 'm.yaml', text }], never),
    [Symbol.asyncDispose]() {
      // Time stands still by now, and a master on its way out still writes.
      Object.assign(backend, { latencyMs: 0, jitterMs: 0 })
      return first.master.stop()
    },
  }
}
export type Rig = Awaited<ReturnType<typeof masterRig>>

/** A node whose end of each session is played by hand. Its token names it, unless it is not `bound`: then it is called by its host name, "board". */
export async function nodeByHand(rig: Rig, name: string, { bound = true } = {}) {
  const context = { clock: rig.clock, random: rig.random, logger: silentLogger, disk: memoryDisk() }
  const { token } = await rig.operations.createToken(admin, bound ? { nodeId: name } : {}, never)
  const credentials = memoryCredentials({ token })(context)
  await credentials.open(never)
  const transport = rig.network.transport({ name })(context)
  const { csr, verifyServer } = await credentials.enrolment(never)
  await credentials.accept(await transport.enroll('master:1', { versions: { min: 1, max: 1 }, token, csr, facts }, { verifyServer }, never), never)
  const dial = async (): Promise<HandSession> => {
    const identity = credentials.enrolled
    if (identity === undefined) throw new PiccoloError('internal', 'Not enrolled.')
    const channel = await transport.connect('master:1', { identity: identity.tls, verifyServer: credentials.verifyServer(() => rig.clock.wallMs()) }, never)
    return session(rig, name, channel)
  }
  return { dial }
}

export interface HandSession {
  readonly inbox: readonly MasterMessage[]
  readonly over: () => boolean
  /** With the token of the welcome, which it waits for, unless the message brings another. */
  send(message: AgentMessage): Promise<void>
  /** As it is, at once. */
  raw(message: AgentMessage): Promise<void>
  hello(more?: Partial<Extract<AgentMessage, { type: 'hello' }>>): Promise<void>
  /** Everything that makes a node ready. */
  becomeReady(): Promise<void>
  /** Acknowledges every change that has come since the last time. */
  hold(): Promise<void>
  assigns(): readonly Extract<MasterMessage, { type: 'assign' }>[]
  close(): Promise<void>
}

function session(rig: Rig, name: string, channel: AgentChannel): HandSession {
  const inbox: MasterMessage[] = []
  let over = false
  void (async () => {
    for await (const message of channel.messages) inbox.push(message)
  })().catch(() => undefined).finally(() => { over = true })
  let held = 0
  let sequence = 0
  const self: HandSession = {
    inbox,
    over: () => over,
    send: async (message) => {
      if (message.type === 'hello') return channel.send(message, never)
      const welcome = await until(rig, 'the welcome', () => inbox.find(({ type }) => type === 'welcome' || type === 'refuse'))
      sequence += 1
      return channel.send({ sessionToken: welcome.type === 'welcome' ? welcome.sessionToken : '', sequence, ...message }, never)
    },
    close: () => channel.close(),
    raw: (message) => channel.send(message, never),
    assigns: () => inbox.flatMap((message) => (message.type === 'assign' ? [message] : [])),
    hello: (more = {}) => self.send({
      type: 'hello', versions: { min: 1, max: 1 }, agentVersion: '0.1.0', nodeId: name, bootId: 'boot-1', stateEpoch: 's1', highestRevision: 0n, highestTerm: 0n,
      journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts: { ...facts, hostname: name }, ...more,
    }),
    async hold() {
      for (const { delta } of self.assigns().slice(held)) await self.send({ type: 'held', version: delta.target })
      held = self.assigns().length
    },
    async becomeReady() {
      await self.hello()
      await self.send({ type: 'inventory', items: [] })
      await self.send({ type: 'synced', position: { incarnation: 1, seq: 0 } })
      await self.send({ type: 'readiness', readiness: { ready: true, findings: [] } })
      await self.send({ type: 'beat', number: 1, sentAtBootMs: 0, lastEcho: 0, loopAgeMs: 0 })
      await self.send({ type: 'beat', number: 2, sentAtBootMs: 0, lastEcho: 1, loopAgeMs: 0 })
      await until(rig, 'its first set', () => self.assigns().at(0))
      await self.hold()
      await until(rig, `${name} to be ready`, async () => ((await rig.operations.nodes(admin, never)).find((node) => node.name === name)?.phase === 'ready' ? true : undefined))
    },
  }
  return self
}

export async function until<Value>({ clock }: Pick<Rig, 'clock'>, what: string, look: () => Value | undefined | Promise<Value | undefined>, turns = 200): Promise<Value> {
  for (let turn = 0; turn < turns; turn += 1) {
    const value = await look()
    if (value !== undefined) return value
    await clock.advance(10)
  }
  throw new PiccoloError('deadline-exceeded', `Waited in vain for ${what}.`)
}

export function workloadStatus(workload: string, seq: number, state: 'running' | 'pending' = 'running') {
  return {
    key: `workload/${workload}`, position: { incarnation: 1, seq },
    workload: { workload, package: 'p', model: workload, wantedDigest: 'd', epoch: 1n, state, containers: [] },
  }
}

/** A Scenario `s` that launches Package `p`: its Models by the node they are for. */
export function manifest(models: Readonly<Record<string, string>>, { name = 'p', scenario = 's', more = '' } = {}): string {
  return `apiVersion: v1
kind: Scenario
metadata: { name: ${scenario} }
spec: { condition: null, action: launch, target: ${name} }
---
apiVersion: v1
kind: Package
metadata: { name: ${name} }
spec: { models: [${Object.entries(models).map(([model, node]) => `{ name: ${model}, node: ${node} }`).join(', ')}] }
${Object.keys(models).map((model) => `---
apiVersion: v1
kind: Model
metadata: { name: ${model} }
spec: { containers: [{ name: main, image: app${more} }] }
`).join('')}`
}
