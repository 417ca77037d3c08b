import type { MasterOptions } from '@piccolo/core'
import type { AgentOptions } from '@piccolo/core/agent'
import type { Logger } from '@piccolo/core/spi'
import { CertificateShelf } from '../auth/certificate-shelf.js'
import { manualClock, type ManualClock } from '../clock/manual-clock.js'
import { Board } from '../cluster/board.js'
import { MasterPlace } from '../cluster/master-place.js'
import type { Dice } from '../random/dice.js'
import { memoryBackend, type MemoryBackend } from '../store/memory-backend.js'
import { memoryNetwork, type MemoryNetwork } from '../transport/memory-network.js'
import type { Climate } from './climate.js'
import { Eavesdropper } from './eavesdropper.js'
import { Floor } from './floor.js'
import { Ledger } from './ledger.js'
import { patiently } from './people/answer.js'
import { SimulatedService, type Service } from './service.js'
import { pulledImages, pullMs } from './people/images.js'
import type { SimulationEvent } from './simulation-event.js'
import { settlePace } from './usual-pace.js'
import type { SimulationParts, World } from './world.js'

export interface WorldOptions {
  readonly climate: Climate
  readonly nodes: number
  readonly dice: Dice
  readonly parts: SimulationParts
  readonly emit: (event: SimulationEvent) => void
}

/** The world of one simulation: makes the parts, and tells everything that happens to them. */
export class SimulatedWorld implements World {
  readonly clock: ManualClock = manualClock()
  readonly network: MemoryNetwork
  readonly backend: MemoryBackend
  readonly master: MasterPlace
  readonly boards: readonly Board[]
  readonly masterService: Service
  readonly services: ReadonlyMap<string, Service>
  readonly ledger = new Ledger()
  readonly floor = new Floor()
  readonly overheard = new Eavesdropper()
  readonly outcasts = new Set<string>()
  masterClockJumpedMs = Number.NEGATIVE_INFINITY
  readonly climate: Climate
  readonly emit: (event: SimulationEvent) => void
  readonly board = (name: string): Board | undefined => this.boards.find((board) => board.name === name)
  readonly service = (node: string): Service | undefined => this.services.get(node)
  readonly #parts: SimulationParts

  constructor({ climate, nodes, dice, parts, emit }: WorldOptions) {
    const { clock } = this
    const shelf = new CertificateShelf()
    this.climate = climate
    this.#parts = parts
    this.emit = (event) => {
      if (event.type === 'commit') this.ledger.take(event)
      if (event.type === 'container') this.floor.take(event)
      emit(event)
    }
    this.network = memoryNetwork({ clock, shelf, random: dice.fork('network') })
    this.backend = memoryBackend({ random: dice.fork('store') })
    this.backend.commitsOutlive = true
    const { network, backend } = this
    this.master = new MasterPlace({ address: 'master', clock, network, backend, shelf, seed: dice.fork('master').between(0, 2 ** 31), master: (usual) => this.#masterOptions(usual) })
    this.boards = Array.from({ length: nodes }, (_, index) => new Board(`n${index + 1}`, {
      clock, network, shelf, images: [...climate.images], seed: dice.fork(`board ${index}`).between(0, 2 ** 31), master: this.master.address,
      token: (nodeId) => this.#token(nodeId),
      agent: (usual, board) => this.#agentOptions(usual, board),
    }))
    this.masterService = new SimulatedService({ who: 'master', clock, emit: this.emit, start: () => this.master.start(), ended: () => this.master.running?.ended })
    this.services = new Map(this.boards.map((board) => [board.name, new SimulatedService({ who: board.name, clock, emit: this.emit, start: () => board.start() })]))
    this.#observe()
    settlePace(this)
    for (const { machine } of this.boards) for (const image of pulledImages) machine.registry.set(image, { pullMs })
  }

  async #token(nodeId: string): Promise<string> {
    const { operations, admin } = this.master
    return (await patiently(this.clock, (signal) => operations.createToken(admin, { nodeId }, signal))).token
  }

  #masterOptions(usual: MasterOptions): MasterOptions {
    const options = { ...usual, timings: this.climate.timings, logger: this.#logger('master') }
    return this.#parts.master?.(options) ?? options
  }

  #agentOptions(usual: AgentOptions, { name }: Board): AgentOptions {
    const options = { ...usual, timings: this.climate.timings, reconciler: this.climate.reconciler, logger: this.#logger(name) }
    return this.#parts.agent?.(options, name) ?? options
  }

  #logger(who: string): Logger {
    const log = (level: 'info' | 'warn' | 'error') => (fields: object, message: string): void => this.emit({ type: 'log', who, level, message, fields })
    return { debug: () => undefined, info: log('info'), warn: log('warn'), error: log('error') }
  }

  #observe(): void {
    this.network.onPassage((passage) => {
      this.overheard.take(passage)
      this.emit({ type: 'message', ...passage })
    })
    this.backend.onCommit((commit) => this.emit({ type: 'commit', ...commit }))
    for (const { name: node, machine, disk } of this.boards) {
      machine.onChange((change) => this.emit({ type: 'container', node, ...change }))
      disk.onChange((change) => this.emit({ type: 'disk', node, ...change }))
    }
  }
}
