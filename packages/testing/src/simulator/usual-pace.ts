import type { MemoryNode } from '../cluster/board.js'
import type { MemoryBackend } from '../store/memory-backend.js'
import type { MemoryNetwork } from '../transport/memory-network.js'
import type { Climate } from './climate.js'

/** What of a world has a pace. */
export interface Paced {
  readonly climate: Climate
  readonly network: MemoryNetwork
  readonly backend: MemoryBackend
  readonly master: { readonly address: string }
  readonly boards: readonly MemoryNode[]
  board(name: string): MemoryNode | undefined
}

/** Puts one thing at the pace that is usual in this simulation: at its start, and when a fault that slowed the thing ends. */
export const usualPace = {
  link({ network, master, climate: { linkMs } }: Paced, place: string): void {
    network.delay(place, place === master.address ? linkMs : 0, linkMs)
  },
  store({ backend, climate }: Paced): void {
    backend.jitterMs = climate.storeMs
  },
  disk(world: Paced, node: string): void {
    const board = world.board(node)
    if (board !== undefined) board.disk.latency.jitterMs = world.climate.diskMs
  },
  engine(world: Paced, node: string): void {
    const board = world.board(node)
    if (board !== undefined) board.machine.latency.jitterMs = world.climate.engineMs
  },
} as const

/** Everything at its usual pace. */
export function settlePace(world: Paced): void {
  usualPace.store(world)
  usualPace.link(world, world.master.address)
  for (const { name } of world.boards) {
    usualPace.link(world, name)
    usualPace.disk(world, name)
    usualPace.engine(world, name)
  }
}
