import type { ByteStream } from '../../../src/spi/stream/byte-stream.js'

/** A connection whose other side is the test. */
export interface ScriptedStream extends ByteStream {
  /** What was written so far, in order. */
  readonly written: readonly Uint8Array[]
  readonly ended: boolean
  readonly destroyed: boolean
  /** Says that the oldest write not yet said so is on its way. */
  flushOne(): void
}

/** Gives these chunks to whoever reads, then ends, or breaks with `failure`. */
export function scriptedStream(chunks: readonly Uint8Array[] = [], failure?: Error): ScriptedStream {
  const written: Uint8Array[] = []
  const unsaid: (() => void)[] = []
  const state = { ended: false, destroyed: false }
  return {
    written,
    get ended() { return state.ended },
    get destroyed() { return state.destroyed },
    flushOne: () => unsaid.shift()?.(),
    write(bytes, done) {
      written.push(bytes)
      unsaid.push(done)
    },
    end: () => { state.ended = true },
    destroy: () => { state.destroyed = true },
    async *[Symbol.asyncIterator]() {
      yield* chunks
      if (failure !== undefined) throw failure
    },
  }
}

/** The bytes cut into pieces at these places, which are taken modulo their number. */
export function cutUp(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end))
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}
