import type { Cancel, Clock, Random, TransportAdapter } from '@piccolo/core/spi'
import type { CertificateShelf } from '../auth/certificate-shelf.js'
import { seededRandom } from '../random/seeded-random.js'
import { Fabric, type Direction, type Passage } from './fabric.js'
import type { MemoryListener } from './memory-listener.js'
import { MemoryTransport } from './memory-transport.js'
import { Verifier } from './verifier.js'

export interface MemoryNetworkOptions {
  /** Measures how long messages take. Default: the clock of whoever dialled, which stands still when that one is killed. */
  readonly clock?: Clock
  /** Decides how late each message is. Default: seed 0. */
  readonly random?: Random
  /** Read certificates to share with the other twins of a cluster. Default: its own. */
  readonly shelf?: CertificateShelf
}

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
  /** Each message to or from the place takes this long, and by chance up to `jitterMs` more: those of one connection stay in order, others overtake. 0 = at once. */
  delay(place: string, delayMs: number, jitterMs?: number): void
  /** Breaks every open connection of the place at once; both ends hear of it. New ones may be made. */
  reset(place: string): void
  /** The process at the place is gone, as by kill -9: nobody listens there, and the other ends hear of it after what was sent before. */
  kill(place: string): void
  /** The place has no power. What was not out yet is lost; the other ends hear of it when something of theirs arrives there, after `powerOn`. */
  powerOff(place: string): void
  powerOn(place: string): void
  /** Whoever is at the other end of the place's open sessions gets this message as if the place had sent it now. Answers how many did. */
  inject(place: string, message: unknown): number
  /** Calls `onlooker` for each message of a session as it is sent and as it arrives. */
  onPassage(onlooker: (passage: Passage) => void): Cancel
}

export function memoryNetwork({ clock, random = seededRandom(0), shelf }: MemoryNetworkOptions = {}): MemoryNetwork {
  const fabric = new Fabric({ clock, random })
  const verifier = new Verifier(shelf)
  const listeners = new Map<string, MemoryListener>()
  let clients = 0
  return {
    transport: (options = {}) => (context) => {
      const name = options.listen ?? options.name ?? `client-${(clients += 1)}`
      return new MemoryTransport({ fabric, verifier, listeners, context, name, listen: options.listen })
    },
    cut: (place, direction) => fabric.cut(place, direction),
    heal: (place) => fabric.heal(place),
    delay: (place, delayMs, jitterMs = 0) => fabric.delay(place, delayMs, jitterMs),
    reset: (place) => fabric.reset(place),
    kill(place) {
      listeners.delete(place)
      fabric.kill(place)
    },
    powerOff(place) {
      listeners.delete(place)
      fabric.powerOff(place)
    },
    powerOn: (place) => fabric.powerOn(place),
    inject: (place, message) => fabric.inject(place, message),
    onPassage: (onlooker) => fabric.look(onlooker),
  }
}
