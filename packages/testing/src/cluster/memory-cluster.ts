import { createMaster, type MasterOptions, type RunningMaster } from '@piccolo/core'
import { createAgent, type AgentHandle, type AgentOptions } from '@piccolo/core/agent'
import { PiccoloError, type Caller, type NodeView, type Operations, type ResourceProbe, type WorkloadView } from '@piccolo/core/spi'
import { CertificateShelf } from '../auth/certificate-shelf.js'
import { memoryAuth } from '../auth/memory-auth.js'
import { memoryCredentials } from '../auth/memory-credentials.js'
import { manualClock, type ManualClock } from '../clock/manual-clock.js'
import { memoryDisk, type MemoryDisk } from '../disk/memory-disk.js'
import { seededRandom } from '../random/seeded-random.js'
import type { MemoryMachine } from '../runtime/memory-machine.js'
import { memoryMachine, memoryRuntime } from '../runtime/memory-runtime.js'
import { memoryBackend, type MemoryBackend } from '../store/memory-backend.js'
import { memoryStore } from '../store/memory-store.js'
import { memoryNetwork, type MemoryNetwork } from '../transport/memory-network.js'

export interface MemoryClusterOptions {
  /** Names of the nodes. */
  readonly nodes: readonly string[]
  /** Images that every board has. */
  readonly images?: readonly string[]
  /** Decides every chance. Default 1. */
  readonly seed?: number
  readonly master?: Partial<MasterOptions>
  readonly agent?: Partial<AgentOptions>
}

/** One board: what survives its agent. */
export interface MemoryNode {
  readonly name: string
  readonly machine: MemoryMachine
  readonly disk: MemoryDisk
  /** The agent that runs; undefined after `kill`. */
  readonly agent: AgentHandle | undefined
  start(): Promise<void>
  /** As kill -9: its connections break, its containers run on. */
  kill(): Promise<void>
  /** Power cut and boot; the agent is not started. */
  reboot(): Promise<void>
  /** A new, empty disk; identity and containers stay. The agent must not run. */
  replaceDisk(): void
}

/** The real master and real agents in one process, on memory twins and a clock that stands still until told otherwise. */
export interface MemoryCluster extends AsyncDisposable {
  readonly clock: ManualClock
  readonly network: MemoryNetwork
  readonly backend: MemoryBackend
  readonly operations: Operations
  readonly admin: Caller
  node(name: string): MemoryNode
  startMaster(): Promise<void>
  /** Ends the master as kill -9 would: its connections break. */
  killMaster(): Promise<void>
  apply(text: string): ReturnType<Operations['apply']>
  nodes(): Promise<readonly NodeView[]>
  workloads(): Promise<readonly WorkloadView[]>
  /** Lets time pass in small steps until `look` finds something; throws after `withinMs` of the clock. */
  until<Value>(what: string, look: () => Promise<Value | undefined> | Value | undefined, withinMs?: number): Promise<Value>
}

const masterAddress = 'master:47100'
const never = new AbortController().signal

export async function memoryCluster(options: MemoryClusterOptions): Promise<MemoryCluster> {
  const { seed = 1 } = options
  const clock = manualClock()
  const shelf = new CertificateShelf()
  const network = memoryNetwork({ shelf })
  const backend = memoryBackend()
  const auth = memoryAuth({ shelf })
  const admin: Caller = { principal: { kind: 'person', name: 'admin', role: 'admin' }, source: 'memory' }
  let operations: Operations | undefined
  let running: RunningMaster | undefined
  const nodes = new Map<string, BoardNode>()

  const startMaster = async (): Promise<void> => {
    running = await createMaster({
      cluster: 'memory', clock, random: seededRandom(seed), auth,
      store: memoryStore({ backend }),
      transport: network.transport({ listen: masterAddress }),
      surfaces: [(context) => {
        operations = context.operations
        return { start: () => Promise.resolve({ address: 'memory' }), close: () => Promise.resolve() }
      }],
      ...options.master,
    }).start()
  }
  const present = (): Operations => {
    if (operations === undefined) throw new PiccoloError('failed-precondition', 'The master has not been started.')
    return operations
  }
  const cluster: MemoryCluster = {
    clock, network, backend, admin, startMaster,
    get operations() {
      return present()
    },
    node(name) {
      const node = nodes.get(name)
      if (node === undefined) throw new PiccoloError('not-found', `The cluster was made without a node "${name}".`)
      return node
    },
    async killMaster() {
      network.reset(masterAddress)
      await running?.stop()
      running = undefined
    },
    apply: (text) => present().apply(admin, [{ name: 'manifest.yaml', text }], never),
    nodes: () => present().nodes(admin, never),
    workloads: () => present().workloads(admin, never),
    async until(what, look, withinMs = 60_000) {
      const startedMs = clock.monotonicMs()
      for (;;) {
        const value = await look()
        if (value !== undefined) return value
        if (clock.monotonicMs() - startedMs > withinMs) throw new PiccoloError('deadline-exceeded', `Waited ${String(withinMs)} ms of the clock in vain for ${what}.`)
        await clock.advance(20)
      }
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes.values()) await node.kill()
      await running?.stop()
    },
  }
  await startMaster()
  for (const [index, name] of options.nodes.entries()) {
    const node = new BoardNode(name, { cluster, options, shelf, seed: seed * 1000 + index })
    nodes.set(name, node)
    await node.start()
  }
  return cluster
}

class BoardNode implements MemoryNode {
  readonly name: string
  readonly machine: MemoryMachine
  disk: MemoryDisk
  agent: AgentHandle | undefined
  readonly #seed: number
  readonly #cluster: MemoryCluster
  readonly #options: MemoryClusterOptions
  readonly #credentials
  readonly #random
  #token: string | undefined
  #boots = 1

  constructor(name: string, { cluster, options, seed, shelf }: { readonly cluster: MemoryCluster; readonly options: MemoryClusterOptions; readonly seed: number; readonly shelf: CertificateShelf }) {
    this.name = name
    this.#cluster = cluster
    this.#options = options
    this.#seed = seed
    this.#random = seededRandom(seed)
    this.machine = memoryMachine({ clock: cluster.clock, images: options.images ?? [] })
    this.disk = memoryDisk({ random: seededRandom(seed + 1) })
    this.#credentials = memoryCredentials({ token: () => this.#token, shelf })
  }

  async start(): Promise<void> {
    const { clock, network, operations, admin } = this.#cluster
    this.#token ??= (await operations.createToken(admin, { nodeId: this.name }, never)).token
    this.agent = await createAgent({
      master: [masterAddress], clock, random: this.#random, disk: this.disk, profile: 'lan', nodeId: this.name,
      transport: network.transport({ name: this.name }),
      runtime: memoryRuntime(this.machine),
      auth: this.#credentials,
      probe: () => this.#probe(),
      ...this.#options.agent,
    }).start()
  }

  async kill(): Promise<void> {
    const { agent } = this
    this.agent = undefined
    if (agent === undefined) return
    this.#cluster.network.cut(this.name)
    this.#cluster.network.reset(this.name)
    await agent.stop()
    this.#cluster.network.heal(this.name)
  }

  async reboot(): Promise<void> {
    await this.kill()
    this.disk.crash()
    this.machine.reboot()
    this.#boots += 1
  }

  replaceDisk(): void {
    this.disk = memoryDisk({ random: seededRandom(this.#seed + 2) })
  }

  #probe(): ResourceProbe {
    const facts = {
      hostname: this.name, architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 4, memoryBytes: 4e9, diskBytes: 3e10, runtime: 'memory', cgroupVersion: 2,
      bootId: `${this.name}-${String(this.#boots)}`,
    }
    return {
      facts: () => Promise.resolve(facts),
      read: () => Promise.resolve({ memoryTotalBytes: 4e9, memoryAvailableBytes: 3e9, load1: 0.1, cpuCores: 4 }),
    }
  }
}
