import type { MasterOptions } from '@piccolo/core'
import type { AgentOptions } from '@piccolo/core/agent'
import type { ManualClock } from '../clock/manual-clock.js'
import type { MemoryNode } from '../cluster/board.js'
import type { MemoryMaster } from '../cluster/master-place.js'
import type { MemoryBackend } from '../store/memory-backend.js'
import type { MemoryNetwork } from '../transport/memory-network.js'
import type { Climate } from './climate.js'
import type { Eavesdropper } from './eavesdropper.js'
import type { Floor } from './floor.js'
import type { Ledger } from './ledger.js'
import type { Service } from './service.js'
import type { SimulationEvent } from './simulation-event.js'

/** Parts that take the place of the simulated ones, or wrap them: what is returned is what master and agents get. */
export interface SimulationParts {
  /** Asked at each start of the master. */
  readonly master?: (usual: MasterOptions) => MasterOptions
  /** Asked at each start of an agent. */
  readonly agent?: (usual: AgentOptions, node: string) => AgentOptions
}

/** A cluster and all that is around it: what faults strike, people use and invariants look at. */
export interface World {
  readonly clock: ManualClock
  /** Its places are `master.address` and the names of the boards. */
  readonly network: MemoryNetwork
  readonly backend: MemoryBackend
  readonly master: MemoryMaster
  /** `n1`, `n2` … */
  readonly boards: readonly MemoryNode[]
  /** Keep master and agents running, as systemd does; agents by the names of their boards. */
  readonly masterService: Service
  readonly services: ReadonlyMap<string, Service>
  /** What the store has ever said about the nodes' sets. */
  readonly ledger: Ledger
  /** What is on the boards. */
  readonly floor: Floor
  /** What was said on the way. */
  readonly overheard: Eavesdropper
  /** Nodes that somebody has shut out, or is about to, until they are let in again. */
  readonly outcasts: Set<string>
  /** When the clock of the master's machine jumped last, by the clock of the world. */
  masterClockJumpedMs: number
  readonly climate: Climate
  /** Tells invariants and timeline of something that a fault did. */
  readonly emit: (event: SimulationEvent) => void
  board(name: string): MemoryNode | undefined
  service(node: string): Service | undefined
}
