import { createAgent, type AgentHandle, type AgentOptions } from '@piccolo/core/agent'
import { PiccoloError, type Clock, type NodeCredentialsAdapter, type ResourceProbe } from '@piccolo/core/spi'
import type { CertificateShelf } from '../auth/certificate-shelf.js'
import { placeClock, type PlaceClock } from '../clock/place-clock.js'
import { memoryCredentials } from '../auth/memory-credentials.js'
import { memoryDisk, type MemoryDisk } from '../disk/memory-disk.js'
import { MemoryProcess } from '../process/memory-process.js'
import { seededRandom } from '../random/seeded-random.js'
import { memoryMachine, memoryRuntime } from '../runtime/memory-runtime.js'
import type { MemoryMachine } from '../runtime/memory-machine.js'
import type { MemoryNetwork } from '../transport/memory-network.js'

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
  /** Power cut: what was not safe on the disk is lost, and every program has ended; nobody is told. */
  powerOff(): void
  /** Boot; the agent is not started. */
  powerOn(): void
  /** A new, empty disk; identity and containers stay. The agent must not run. */
  replaceDisk(): void
  /** Another key, and a token of its own to join with; disk and containers stay. The agent must not run. */
  replaceIdentity(): void
  /** Moves the wall clock of the board, and nothing else; it stays so over a boot. */
  jumpWall(ms: number): void
}

export interface BoardOptions {
  readonly clock: Clock
  readonly network: MemoryNetwork
  readonly shelf: CertificateShelf
  readonly images: readonly string[]
  readonly seed: number
  /** Where the agent dials. */
  readonly master: string
  /** Makes the token with which the board joins; asked for once. */
  readonly token: (node: string) => Promise<string>
  /** What the agent gets instead of what it would get; may wrap what it would get. */
  readonly agent: (usual: AgentOptions, board: Board) => AgentOptions
}

/** A board with its engine, its disk and its identity, and the agent that runs on it or does not. */
export class Board implements MemoryNode {
  readonly name: string
  readonly machine: MemoryMachine
  disk: MemoryDisk
  agent: AgentHandle | undefined
  readonly #options: BoardOptions
  readonly #clock: PlaceClock
  #credentials: NodeCredentialsAdapter
  readonly #random
  #process: MemoryProcess | undefined
  #token: string | undefined
  #boots = 1
  /** Counts starts and ends: an attempt that another one has followed changes nothing. */
  #turn = 0

  constructor(name: string, options: BoardOptions) {
    const { clock, images, seed } = options
    this.name = name
    this.#options = options
    this.#clock = placeClock(clock)
    this.#random = seededRandom(seed)
    this.machine = memoryMachine({ clock, images, random: seededRandom(seed + 3) })
    this.disk = memoryDisk({ clock, random: seededRandom(seed + 1) })
    this.#credentials = this.#newCredentials()
  }

  async start(): Promise<void> {
    const turn = (this.#turn += 1)
    const token = this.#token ?? (await this.#options.token(this.name))
    if (turn !== this.#turn) throw new PiccoloError('aborted', 'The agent was ended before it had a token.')
    this.#token = token
    const process = new MemoryProcess(this.#clock)
    this.#process = process
    const agent = await createAgent(this.#agentOptions(process)).start()
    if (process.isAlive) this.agent = agent
  }

  async kill(): Promise<void> {
    this.#options.network.kill(this.name)
    this.#endProcess()
  }

  async reboot(): Promise<void> {
    this.powerOff()
    this.powerOn()
  }

  powerOff(): void {
    this.#options.network.powerOff(this.name)
    this.#endProcess()
    this.disk.crash()
    this.machine.reboot()
  }

  powerOn(): void {
    this.#boots += 1
    this.#options.network.powerOn(this.name)
  }

  replaceDisk(): void {
    this.disk = memoryDisk({ clock: this.#options.clock, random: seededRandom(this.#options.seed + 2) })
  }

  replaceIdentity(): void {
    this.#credentials = this.#newCredentials()
    this.#token = undefined
  }

  jumpWall(ms: number): void {
    this.#clock.jumpWall(ms)
  }

  #newCredentials(): NodeCredentialsAdapter {
    return memoryCredentials({ token: () => this.#token, shelf: this.#options.shelf })
  }

  #endProcess(): void {
    this.#turn += 1
    this.#process?.kill()
    this.disk.abandon()
    this.#process = undefined
    this.agent = undefined
  }

  #agentOptions(process: MemoryProcess): AgentOptions {
    const { master, network, agent } = this.#options
    const usual: AgentOptions = {
      master: [master], clock: process.clock, random: this.#random, disk: this.disk, profile: 'lan', nodeId: this.name,
      transport: network.transport({ name: this.name }),
      runtime: memoryRuntime(this.machine),
      auth: this.#credentials,
      probe: () => this.#probe(),
    }
    const { transport, runtime, disk, auth, probe, ...rest } = agent(usual, this)
    return {
      ...rest,
      transport: process.adapter(transport),
      runtime: process.adapter(runtime),
      auth: process.adapter(auth),
      ...(disk === undefined ? {} : { disk: process.port(disk) }),
      ...(probe === undefined ? {} : { probe: process.adapter(probe) }),
    }
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
