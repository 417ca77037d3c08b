import type { ByteStream, Peer, StreamDriver } from '@piccolo/core/spi'

/** One end of a connection in memory. */
class StreamEnd implements ByteStream {
  other: StreamEnd | undefined
  destroyed = false
  readonly #chunks: Uint8Array[] = []
  #over: 'no' | 'ended' | 'broken' = 'no'
  #wake: (() => void) | undefined

  write(bytes: Uint8Array, done: () => void): void {
    this.other?.receive(bytes.slice())
    queueMicrotask(done)
  }

  end(): void {
    this.other?.finish('ended')
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.finish('broken')
    this.other?.finish('broken')
  }

  receive(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#wake?.()
  }

  finish(how: 'ended' | 'broken'): void {
    if (this.#over === 'no') this.#over = how
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#over === 'ended') return
      else if (this.#over === 'broken') throw new Error('the stream was cut')
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Both ends of a connection. */
export function streamPair(): readonly [StreamEnd, StreamEnd] {
  const pair = [new StreamEnd(), new StreamEnd()] as const
  pair[0].other = pair[1]
  pair[1].other = pair[0]
  return pair
}

export interface MemoryMedium {
  readonly driver: StreamDriver
  /** The master's ends of what was dialled, in order. */
  readonly accepted: readonly StreamEnd[]
  /** Dials without being an agent: what a stranger can write. */
  stranger(peer?: Peer): StreamEnd
}

/** Connections in memory, to one listener; every caller who has an identity counts as proven. */
export function memoryMedium(): MemoryMedium {
  const accepted: StreamEnd[] = []
  let accept: ((stream: ByteStream, peer: Peer) => void) | undefined
  const open = (peer: Peer): StreamEnd => {
    if (accept === undefined) throw new Error('nobody listens')
    const [near, far] = streamPair()
    accepted.push(far)
    accept(far, peer)
    return near
  }
  return {
    accepted,
    stranger: (peer = { address: 'stranger' }) => open(peer),
    driver: {
      name: 'memory',
      dial: (_address, identity) => Promise.resolve({ stream: open({ address: 'agent', ...(identity !== undefined && { certificate: new Uint8Array([1]) }) }), chain: [] }),
      listen: (_tls, accepting) => {
        accept = accepting
        return Promise.resolve({ address: 'memory:1', updateTls: () => undefined, close: () => { accept = undefined; return Promise.resolve() } })
      },
    },
  }
}
