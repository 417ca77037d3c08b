import {
  PiccoloError, type AgentMessage, type AssignedItem, type Clock, type Hello, type MasterChannel, type MasterMessage, type SetDelta, type SetVersion, type StatusEntry, type Timings,
  type TransportHandlers, type TransportListener, type WorkloadContent, type WorkloadStatus,
} from '@piccolo/core/spi'
import { digestOfSet, timingProfiles } from '@piccolo/core/protocol'
import { systemDigest } from '@piccolo/core/system'
import type { memoryAuth} from '@piccolo/testing';
import { seededRandom, silentLogger, type MemoryNetwork } from '@piccolo/testing'

export const sha256 = (bytes: Uint8Array | string): string => systemDigest.sha256(bytes)
const never = new AbortController().signal
const address = 'master:47100'

/** As much of a master as an agent can see: a script of messages, and a record of what came. */
export class MasterEnd {
  readonly received: AgentMessage[] = []
  readonly sessions: MasterChannel[] = []
  readonly #clock: Clock
  readonly #network: MemoryNetwork
  readonly #authority
  #listener: TransportListener | undefined
  #transport: { close(): Promise<void> } | undefined
  /** Items by key, as the store would have them. */
  readonly #items = new Map<string, AssignedItem>()
  #version: SetVersion | undefined
  #revision = 100n
  term = 1n
  clusterEpoch = 'epoch-1'
  timings: Timings = timingProfiles.lan
  echo = true
  lease = true
  /** Answers hello in the place of the usual welcome. */
  answer: ((hello: Hello) => MasterMessage) | undefined
  enrolled = 0
  /** The only node id that its token is for. */
  boundTo: string | undefined
  /** When each attempt to enrol came, on the monotonic clock. */
  readonly attemptsMs: number[] = []

  constructor(parts: { readonly clock: Clock; readonly network: MemoryNetwork; readonly auth: ReturnType<typeof memoryAuth> }) {
    this.#clock = parts.clock
    this.#network = parts.network
    this.#authority = parts.auth.authority({ clock: parts.clock, random: seededRandom(7), logger: silentLogger })
  }

  async open(): Promise<void> {
    await this.#authority.open({ cluster: 'demo' }, never)
  }

  get token(): string {
    return `pcl1.token1234.${'ab'.repeat(16)}.${this.#authority.publicKeyPin}`
  }

  async listen(): Promise<void> {
    const transport = this.#network.transport({ listen: address })({ clock: this.#clock, random: seededRandom(9), logger: silentLogger })
    const identity = await this.#authority.issueServer({ cluster: 'demo', names: ['master'], ...this.#validity() }, never)
    this.#transport = transport
    this.#listener = await transport.listen({ identity, clientAuthoritiesPem: this.#authority.authoritiesPem }, this.#handlers(), never)
  }

  async close(): Promise<void> {
    await this.#listener?.close()
    await this.#transport?.close()
  }

  /** Wants these workloads and no others; the next generation. Sent at once to whoever is there. */
  want(...contents: readonly WorkloadContent[]): Promise<void> {
    return this.wantItems(contents.map((content) => ({ key: `workload/${content.name}`, content: new TextEncoder().encode(JSON.stringify(content)) })))
  }

  async wantItems(items: readonly { readonly key: string; readonly content: Uint8Array }[]): Promise<void> {
    this.#revision += 1n
    const before = this.#version
    const removals = [...this.#items.keys()].filter((key) => !items.some((item) => item.key === key))
    const upserts = items.flatMap(({ key, content }) => {
      const digest = sha256(content)
      return this.#items.get(key)?.digest === digest ? [] : [{ key, digest, epoch: this.#revision, content }]
    })
    for (const key of removals) this.#items.delete(key)
    for (const item of upserts) this.#items.set(item.key, item)
    this.#version = { generation: this.#revision, digest: digestOfSet(this.#items.values(), sha256) }
    await this.assign({ base: before, target: this.#version, upserts, removals })
  }

  async assign(delta: SetDelta): Promise<void> {
    await this.send({ type: 'assign', delta, storeRevision: this.#revision })
  }

  /** Names of the workloads that it wants. */
  get wants(): readonly string[] {
    return [...this.#items.keys()].map((key) => key.slice('workload/'.length)).sort()
  }

  get version(): SetVersion | undefined {
    return this.#version
  }

  async send(message: MasterMessage): Promise<void> {
    await this.sessions.at(-1)?.send(message, never).catch(() => undefined)
  }

  of<Type extends AgentMessage['type']>(type: Type): Extract<AgentMessage, { type: Type }>[] {
    return this.received.filter((message): message is Extract<AgentMessage, { type: Type }> => message.type === type)
  }

  /** Every status that came for a workload, in order. */
  statusesOf(name: string): (WorkloadStatus | undefined)[] {
    return this.of('status').flatMap(({ entries }) => entries.filter((entry) => entry.key === `workload/${name}`).map((entry: StatusEntry) => entry.workload))
  }

  status(name: string): WorkloadStatus | undefined {
    return this.statusesOf(name).at(-1)
  }

  #handlers(): TransportHandlers {
    return {
      enroll: async ({ csr, token, wantedNodeId }) => {
        this.attemptsMs.push(this.#clock.monotonicMs())
        if (token !== this.token) throw new PiccoloError('unauthenticated', 'The token is not known.')
        if (this.boundTo !== undefined && wantedNodeId !== this.boundTo) throw new PiccoloError('invalid-argument', `The token is for "${this.boundTo}".`)
        this.enrolled += 1
        const nodeId = wantedNodeId ?? 'node-1'
        const { certificateChainPem } = await this.#authority.issueNode({ cluster: 'demo', nodeId, csr, ...this.#validity() }, never)
        return { cluster: 'demo', nodeId, certificateChainPem, authoritiesPem: this.#authority.authoritiesPem }
      },
      renew: () => Promise.reject(new PiccoloError('unauthenticated', 'This key is not registered here.')),
      session: async (channel) => {
        this.sessions.push(channel)
        for await (const message of channel.messages) await this.#take(message, channel)
      },
    }
  }

  async #take(message: AgentMessage, channel: MasterChannel): Promise<void> {
    this.received.push(message)
    if (message.type === 'hello') await channel.send(this.answer?.(message) ?? this.welcome(), never)
    if (message.type === 'beat' && this.echo) {
      await channel.send({ type: 'beat', number: message.number, sentAtBootMs: message.sentAtBootMs, lease: this.lease }, never)
    }
    if (message.type === 'inventory' && this.#version !== undefined) {
      const held = new Map(message.items.map((item) => [item.key, item.digest]))
      const upserts = [...this.#items.values()].filter((item) => held.get(item.key) !== item.digest)
      const removals = [...held.keys()].filter((key) => !this.#items.has(key))
      await this.assign({ base: undefined, target: this.#version, upserts, removals })
    }
  }

  welcome(): MasterMessage {
    const wanted = this.#version === undefined ? {} : { wanted: this.#version }
    return {
      type: 'welcome', version: 1, sessionEpoch: { term: this.term, counter: this.sessions.length }, clusterEpoch: this.clusterEpoch, sessionToken: 's',
      timings: this.timings, masterTimeMs: this.#clock.wallMs(), storeRevision: this.#revision, ...wanted,
    }
  }

  #validity() {
    const nowMs = this.#clock.wallMs()
    return { notBeforeMs: nowMs - 3_600_000, notAfterMs: nowMs + 90 * 86_400_000 }
  }
}
