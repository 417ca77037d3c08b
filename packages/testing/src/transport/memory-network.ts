import type { TransportAdapter } from '@piccolo/core/spi'
import { Fabric, type Direction } from './fabric.js'
import type { MemoryListener } from './memory-listener.js'
import { MemoryTransport } from './memory-transport.js'

export interface MemoryTransportOptions {
  /** The place's own name, e.g. `agent-1`: how faults find it, and its part of `peer.address`. Default `client-1`, `client-2`, … */
  readonly name?: string
  /** The address to listen at, e.g. `master:47100`. A place that listens is named by it. */
  readonly listen?: string
}

/**
 * A network inside one process. Every connection has a place at either end, and a fault named for a place touches all of its
 * connections. As over TCP, a cut loses nothing: what was sent waits, and arrives after the link heals unless somebody closed meanwhile.
 */
export interface MemoryNetwork {
  /** An adapter for one place. */
  transport(options?: MemoryTransportOptions): TransportAdapter
  /** Nothing passes any more, without a word to either side: a half-open connection. One direction only, if named. */
  cut(place: string, direction?: Direction): void
  /** Everything passes again, what waited first. */
  heal(place: string): void
  /** Each message to or from the place takes this long, on the sender's clock. 0 = at once. */
  delay(place: string, delayMs: number): void
  /** Breaks every open connection of the place at once; both ends hear of it. New ones may be made. */
  reset(place: string): void
}

export function memoryNetwork(): MemoryNetwork {
  const fabric = new Fabric()
  const listeners = new Map<string, MemoryListener>()
  let clients = 0
  return {
    transport: (options = {}) => (context) => {
      const name = options.listen ?? options.name ?? `client-${(clients += 1)}`
      return new MemoryTransport({ fabric, listeners, context, name, listen: options.listen })
    },
    cut: (place, direction) => fabric.cut(place, direction),
    heal: (place) => fabric.heal(place),
    delay: (place, delayMs) => fabric.delay(place, delayMs),
    reset: (place) => fabric.reset(place),
  }
}
