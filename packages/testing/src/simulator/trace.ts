import { createHash, type Hash } from 'node:crypto'
import { describeEvent } from './describe-event.js'
import type { SimulationEvent } from './simulation-event.js'

export interface TraceOptions {
  /** Gets each line, time first, as it is written. Without it only the hash is kept. */
  readonly onLine?: ((line: string, event: SimulationEvent) => void) | undefined
}

/** Hashed at once: a call for each line takes longer than what it hashes. */
const chunkCharacters = 65_536

/** The record of one simulation: lines for people, and a hash that says whether two went the same way. */
export class Trace {
  readonly #hash: Hash = createHash('sha256')
  readonly #onLine: TraceOptions['onLine']
  #chunk = ''
  #lines = 0

  constructor({ onLine }: TraceOptions) {
    this.#onLine = onLine
  }

  get lines(): number {
    return this.#lines
  }

  write(atMs: number, event: SimulationEvent): void {
    const text = describeEvent(event)
    this.#lines += 1
    this.#chunk += `${atMs} ${text}\n`
    if (this.#chunk.length > chunkCharacters) this.#flush()
    this.#onLine?.(`${(atMs / 1000).toFixed(3).padStart(9)}  ${text}`, event)
  }

  /** Of everything written so far; lower-case hex. */
  hash(): string {
    this.#flush()
    return this.#hash.copy().digest('hex')
  }

  #flush(): void {
    this.#hash.update(this.#chunk)
    this.#chunk = ''
  }
}
