import type { World } from './world.js'

/** Puts one thing at the pace that is usual in this simulation: at its start, and when a fault that slowed the thing ends. */
export const usualPace = {
  link({ network, master, climate: { linkMs } }: World, place: string): void {
    network.delay(place, place === master.address ? linkMs : 0, linkMs)
  },
  store({ backend, climate }: World): void {
    backend.jitterMs = climate.storeMs
  },
  disk(world: World, node: string): void {
    const board = world.board(node)
    if (board !== undefined) board.disk.latency.jitterMs = world.climate.diskMs
  },
  engine(world: World, node: string): void {
    const board = world.board(node)
    if (board !== undefined) board.machine.latency.jitterMs = world.climate.engineMs
  },
} as const

/** Everything at its usual pace. */
export function settlePace(world: World): void {
  usualPace.store(world)
  usualPace.link(world, world.master.address)
  for (const { name } of world.boards) {
    usualPace.link(world, name)
    usualPace.disk(world, name)
    usualPace.engine(world, name)
  }
}
