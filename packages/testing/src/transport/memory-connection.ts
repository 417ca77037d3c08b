import { PiccoloError, type Cancel, type Clock } from '@piccolo/core/spi'
import type { Breakable, Fabric } from './fabric.js'
import { Lane } from './lane.js'

export type Side = 'client' | 'server'

const otherSide = { client: 'server', server: 'client' } as const

/** A pair of lanes between two places, and word to both ends when it breaks. */
export class MemoryConnection implements Breakable {
  readonly places: readonly [client: string, server: string]
  readonly up: Lane
  readonly down: Lane
  readonly #fabric: Fabric
  readonly #onSever = { client: new Set<(error: PiccoloError) => void>(), server: new Set<(error: PiccoloError) => void>() }
  readonly #inlets = new Map<Side, (message: unknown) => void>()
  /** Why an end can't go on; `gone`: there is nobody any more who could be told. */
  readonly #ends: Partial<Record<Side, PiccoloError | 'gone'>> = {}

  constructor(
    fabric: Fabric,
    client: { readonly name: string; readonly clock: Clock },
    server: { readonly name: string; readonly clock: Clock },
  ) {
    this.#fabric = fabric
    this.places = [client.name, server.name]
    const connection = (fabric.made += 1)
    this.up = new Lane(fabric, { connection, from: client.name, to: server.name, clock: fabric.clock ?? client.clock })
    this.down = new Lane(fabric, { connection, from: server.name, to: client.name, clock: fabric.clock ?? server.clock })
    fabric.connections.add(this)
  }

  /** Calls `run` once when this end hears that the connection is broken: at once, if it is. */
  onSever(side: Side, run: (error: PiccoloError) => void): Cancel {
    const end = this.#ends[side]
    if (end === undefined) this.#onSever[side].add(run)
    else if (end !== 'gone') run(end)
    return () => this.#onSever[side].delete(run)
  }

  sever(reason: string): void {
    this.release()
    for (const side of ['client', 'server'] as const) this.#break(side, reason)
  }

  /** What was sent before is on its way and arrives, unless the power went with whoever sent it. */
  lose(place: string, told: boolean): void {
    const side: Side = place === this.places[0] ? 'client' : 'server'
    const [out, back] = side === 'client' ? [this.up, this.down] : [this.down, this.up]
    if (this.#ends[side] !== undefined) return
    this.#ends[side] = 'gone'
    this.#onSever[side].clear()
    if (this.#ends[otherSide[side]] === 'gone') {
      this.release()
      return
    }
    const tell = (): void => {
      this.release()
      this.#break(otherSide[side], 'The other side is gone.')
    }
    if (!told) out.empty()
    out.seal(told ? tell : undefined)
    back.divert(() => {
      if (!told) out.seal(tell)
    })
  }

  /** Takes what somebody puts in on the way from this end to the other. */
  onInject(side: Side, take: (message: unknown) => void): void {
    this.#inlets.set(side, take)
  }

  inject(place: string, message: unknown): boolean {
    const side: Side = place === this.places[0] ? 'client' : 'server'
    const take = this.#ends[side] === undefined ? this.#inlets.get(side) : undefined
    take?.(message)
    return take !== undefined
  }

  release(): void {
    this.up.discard()
    this.down.discard()
    this.#fabric.connections.delete(this)
  }

  #break(side: Side, reason: string): void {
    if (this.#ends[side] !== undefined) return
    const error = new PiccoloError('unavailable', `${reason} (${this.places.join(' → ')})`)
    this.#ends[side] = error
    const told = [...this.#onSever[side]]
    this.#onSever[side].clear()
    for (const run of told) run(error)
  }
}

/** Resolves when a signal sent along the lane arrives; never, if the connection breaks first. */
export function travel(lane: Lane): Promise<void> {
  return new Promise((resolve) => lane.pass(resolve))
}
