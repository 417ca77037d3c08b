import type { MasterOptions } from '@piccolo/core'
import type { AgentOptions } from '@piccolo/core/agent'
import { PiccoloError, type Caller, type Clock, type NodeView, type Operations, type WorkloadView } from '@piccolo/core/spi'
import { CertificateShelf } from '../auth/certificate-shelf.js'
import { manualClock, type ManualClock } from '../clock/manual-clock.js'
import { memoryBackend, type MemoryBackend } from '../store/memory-backend.js'
import { memoryNetwork, type MemoryNetwork } from '../transport/memory-network.js'
import { Board, type MemoryNode } from './board.js'
import { MasterPlace } from './master-place.js'

export interface MemoryClusterOptions {
  /** Names of the nodes. */
  readonly nodes: readonly string[]
  /** Images that every board has. */
  readonly images?: readonly string[]
  /** Decides every chance. Default 1. */
  readonly seed?: number
  readonly master?: Partial<MasterOptions>
  readonly agent?: Partial<AgentOptions>
  /** How far the wall clock of a node, or of the `master`, is ahead of the cluster's, in milliseconds. Default: not at all. */
  readonly clocks?: Readonly<Record<string, number>>
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
  /** Moves the wall clock of a node, or of the `master`, so far ahead of the cluster's: whoever runs there sees it jump. */
  setWall(place: string, aheadMs: number): void
  /** Lets time pass in small steps until `look` finds something; throws after `withinMs` of the clock. */
  until<Value>(what: string, look: () => Promise<Value | undefined> | Value | undefined, withinMs?: number): Promise<Value>
}

const never = new AbortController().signal

export async function memoryCluster({ nodes: names, images = [], seed = 1, master: masterOptions, agent, clocks = {} }: MemoryClusterOptions): Promise<MemoryCluster> {
  const clock = manualClock()
  const shelf = new CertificateShelf()
  const network = memoryNetwork({ clock, shelf })
  const backend = memoryBackend()
  const wallOffsetsMs = new Map(Object.entries(clocks))
  const clockOf = (place: string): Clock => ({ ...clock, wallMs: () => clock.wallMs() + (wallOffsetsMs.get(place) ?? 0) })
  const master = new MasterPlace({ address: 'master:47100', clock: clockOf('master'), network, backend, shelf, seed, master: (usual) => ({ ...usual, ...masterOptions }) })
  const { admin } = master
  const token = async (nodeId: string): Promise<string> => (await master.operations.createToken(admin, { nodeId }, never)).token
  const boards = new Map(names.map((name, index) => [name, new Board(name, {
    clock: clockOf(name), network, shelf, images, token, master: master.address, seed: seed * 1000 + index, agent: (usual) => ({ ...usual, ...agent }),
  })]))

  await master.start()
  for (const board of boards.values()) await board.start()
  return {
    clock, network, backend, admin,
    get operations() {
      return master.operations
    },
    node(name) {
      const board = boards.get(name)
      if (board === undefined) throw new PiccoloError('not-found', `The cluster was made without a node "${name}".`)
      return board
    },
    setWall: (place, aheadMs) => { wallOffsetsMs.set(place, aheadMs) },
    startMaster: () => master.start(),
    async killMaster() {
      master.kill()
    },
    apply: (text) => master.operations.apply(admin, [{ name: 'manifest.yaml', text }], never),
    nodes: () => master.operations.nodes(admin, never),
    workloads: () => master.operations.workloads(admin, never),
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
      for (const board of boards.values()) await board.kill()
      master.kill()
    },
  }
}
