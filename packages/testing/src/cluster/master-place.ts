import { createMaster, type MasterOptions, type RunningMaster } from '@piccolo/core'
import { PiccoloError, type Caller, type Clock, type Operations, type SurfaceAdapter } from '@piccolo/core/spi'
import type { CertificateShelf } from '../auth/certificate-shelf.js'
import { memoryAuth } from '../auth/memory-auth.js'
import { placeClock, type PlaceClock } from '../clock/place-clock.js'
import { MemoryProcess } from '../process/memory-process.js'
import { seededRandom } from '../random/seeded-random.js'
import type { MemoryBackend } from '../store/memory-backend.js'
import { memoryStore } from '../store/memory-store.js'
import type { MemoryNetwork } from '../transport/memory-network.js'

export interface MasterPlaceOptions {
  readonly address: string
  readonly clock: Clock
  readonly network: MemoryNetwork
  readonly backend: MemoryBackend
  readonly shelf: CertificateShelf
  readonly seed: number
  /** What the master gets instead of what it would get; may wrap what it would get. */
  readonly master: (usual: MasterOptions) => MasterOptions
}

/** The place of the master: what survives it. */
export interface MemoryMaster {
  /** Where nodes dial, and what its place in the network is called. */
  readonly address: string
  /** A person who may do everything. */
  readonly admin: Caller
  /** The master that runs; undefined after `kill`, and until `start` has ended. */
  readonly running: RunningMaster | undefined
  /** Of the master that was started last: what is asked of a dead one is never answered. */
  readonly operations: Operations
  start(): Promise<void>
  /** As kill -9: its connections break, its store and its authority stay. */
  kill(): void
  /** Moves the wall clock of its machine, and nothing else; it stays so over a restart. */
  jumpWall(ms: number): void
}

/** Where the master lives, and the one that runs there or does not. */
export class MasterPlace implements MemoryMaster {
  readonly address: string
  readonly admin: Caller = { principal: { kind: 'person', name: 'admin', role: 'admin' }, source: 'memory' }
  running: RunningMaster | undefined
  readonly #options: MasterPlaceOptions
  readonly #clock: PlaceClock
  readonly #auth
  readonly #random
  #process: MemoryProcess | undefined
  #operations: Operations | undefined

  constructor(options: MasterPlaceOptions) {
    this.address = options.address
    this.#options = options
    this.#clock = placeClock(options.clock)
    this.#auth = memoryAuth({ shelf: options.shelf })
    this.#random = seededRandom(options.seed)
  }

  get operations(): Operations {
    if (this.#operations === undefined) throw new PiccoloError('failed-precondition', 'The master has not been started.')
    return this.#operations
  }

  async start(): Promise<void> {
    const process = new MemoryProcess(this.#clock)
    this.#process = process
    const running = await createMaster(this.#masterOptions(process)).start()
    if (process.isAlive) this.running = running
  }

  kill(): void {
    this.#options.network.kill(this.address)
    this.#process?.kill()
    this.#process = undefined
    this.running = undefined
  }

  jumpWall(ms: number): void {
    this.#clock.jumpWall(ms)
  }

  #masterOptions(process: MemoryProcess): MasterOptions {
    const { network, backend, address, master } = this.#options
    const surface: SurfaceAdapter = ({ operations }) => {
      this.#operations = process.port(operations)
      return { start: () => Promise.resolve({ address: 'memory' }), close: () => Promise.resolve() }
    }
    const { transport, store, auth, disk, ...rest } = master({
      cluster: 'memory', clock: process.clock, random: this.#random, auth: this.#auth,
      store: memoryStore({ backend }),
      transport: network.transport({ listen: address }),
      surfaces: [surface],
    })
    return {
      ...rest,
      transport: process.adapter(transport),
      store: (context) => {
        // What takes time on its way to the store takes it whether or not the process still lives.
        const opened = store({ ...context, clock: this.#options.clock })
        // The kernel closes what a dead process had open.
        process.onKill(() => void opened.close())
        return process.port(opened)
      },
      auth: { authority: process.adapter(auth.authority), authenticator: process.adapter(auth.authenticator) },
      ...(disk === undefined ? {} : { disk: process.port(disk) }),
    }
  }
}
