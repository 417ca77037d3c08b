import { createHash, type Hash } from 'node:crypto'

export interface TraceOptions {
  /** Gets each line, time first, as it is written. Without it only the hash is kept. */
  readonly onLine?: ((line: string) => void) | undefined
}

/** The record of one simulation: lines for people, and a hash that says whether two went the same way. */
export class Trace {
  readonly #hash: Hash = createHash('sha256')
  readonly #onLine: ((line: string) => void) | undefined
  #lines = 0

  constructor({ onLine }: TraceOptions) {
    this.#onLine = onLine
  }

  get lines(): number {
    return this.#lines
  }

  write(atMs: number, text: string): void {
    this.#lines += 1
    this.#hash.update(`${atMs} ${text}\n`)
    this.#onLine?.(`${(atMs / 1000).toFixed(3).padStart(9)}  ${text}`)
  }

  /** Of everything written so far; lower-case hex. */
  hash(): string {
    return this.#hash.copy().digest('hex')
  }
}
