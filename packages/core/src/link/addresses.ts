import { PiccoloError } from '../errors/index.js'
import type { Clock, Logger } from '../spi/index.js'
import { withDeadline } from './deadline.js'

/** Where the masters are to be found now, in the transport's notation, the preferred one first. Asked before each round of dialling. */
export type Discover = (signal: AbortSignal) => Promise<readonly string[]>

const discoverMs = 10_000

/** The addresses to dial, in rounds. When nothing can be found out, those of the last time are tried again. */
export class Addresses {
  readonly #given: readonly string[] | Discover
  readonly #parts: { readonly clock: Clock; readonly logger: Logger }
  #known: readonly string[]
  #told: string | undefined

  constructor(given: readonly string[] | Discover, parts: { readonly clock: Clock; readonly logger: Logger }) {
    this.#given = given
    this.#parts = parts
    this.#known = typeof given === 'function' ? [] : given
  }

  /** The addresses of one round; empty = none is known yet. */
  async round(signal: AbortSignal): Promise<readonly string[]> {
    const { clock, logger } = this.#parts
    const discover = this.#given
    if (typeof discover !== 'function') return this.#known
    try {
      const found = await withDeadline({ clock, ms: discoverMs, signal, what: 'Finding the master' }, (limit) => discover(limit))
      if (found.length === 0) throw new PiccoloError('not-found', 'No address of a master was found.')
      this.#known = [...found]
      this.#told = undefined
    } catch (error) {
      const reason = PiccoloError.from(error).message
      if (!signal.aborted && reason !== this.#told) logger.warn({ reason, known: this.#known }, 'the address of the master could not be found out')
      this.#told = reason
    }
    return this.#known
  }
}
