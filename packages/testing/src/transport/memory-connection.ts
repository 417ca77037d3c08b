import { PiccoloError, type Cancel, type Clock } from '@piccolo/core/spi'
import type { Breakable, Fabric } from './fabric.js'
import { Lane } from './lane.js'

/** A pair of lanes between two places, and word to both ends when it breaks. */
export class MemoryConnection implements Breakable {
  readonly places: readonly string[]
  readonly up: Lane
  readonly down: Lane
  readonly #fabric: Fabric
  readonly #onSever = new Set<(error: PiccoloError) => void>()

  constructor(
    fabric: Fabric,
    client: { readonly name: string; readonly clock: Clock },
    server: { readonly name: string; readonly clock: Clock },
  ) {
    this.#fabric = fabric
    this.places = [client.name, server.name]
    this.up = new Lane(fabric, { from: client.name, to: server.name, clock: client.clock })
    this.down = new Lane(fabric, { from: server.name, to: client.name, clock: server.clock })
    fabric.connections.add(this)
  }

  onSever(run: (error: PiccoloError) => void): Cancel {
    this.#onSever.add(run)
    return () => this.#onSever.delete(run)
  }

  sever(reason: string): void {
    this.release()
    const told = [...this.#onSever]
    this.#onSever.clear()
    for (const run of told) run(new PiccoloError('unavailable', `${reason} (${this.places.join(' → ')})`))
  }

  release(): void {
    this.up.discard()
    this.down.discard()
    this.#fabric.connections.delete(this)
  }
}

/** Resolves when a signal sent along the lane arrives; never, if the connection breaks first. */
export function travel(lane: Lane): Promise<void> {
  return new Promise((resolve) => lane.pass(resolve))
}
