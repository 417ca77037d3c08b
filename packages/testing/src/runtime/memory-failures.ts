import { PiccoloError } from '@piccolo/core/spi'

/** Calls that can be made to fail. */
export type MemoryCall = 'open' | 'create' | 'start' | 'stop' | 'remove' | 'pull'

/** What a machine's engine is to fail at. */
export class MemoryFailures {
  readonly #failures = new Map<MemoryCall, PiccoloError | undefined>()
  /** Why the engine is not there at all. */
  down: string | undefined

  set(call: MemoryCall, error: PiccoloError | undefined): void {
    this.#failures.set(call, error)
  }

  /** Throws what the call is to fail with. */
  check(call: MemoryCall): void {
    this.requireUp()
    const error = this.#failures.get(call)
    if (error !== undefined) throw error
  }

  requireUp(): void {
    if (this.down !== undefined) throw new PiccoloError('unavailable', this.down)
  }
}
