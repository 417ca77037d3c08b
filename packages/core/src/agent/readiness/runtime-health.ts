import { PiccoloError } from '../../errors/index.js'
import type { ContainerRuntime, RuntimeHealth } from '../../spi/index.js'

/** Asks the runtime how it is only when there is reason to: at rest an engine is not woken. */
export class RuntimeHealthMemo {
  readonly #onRecovered: () => void
  #runtime: ContainerRuntime | undefined
  #last: RuntimeHealth | undefined
  /** It said that it was not ready, and has not said otherwise since. */
  #ailing = false

  /** `onRecovered`: the runtime is ready that was not. */
  constructor(onRecovered: () => void) {
    this.#onRecovered = onRecovered
  }

  get last(): RuntimeHealth | undefined {
    return this.#last
  }

  /** From now on there is a runtime to ask. */
  use(runtime: ContainerRuntime): void {
    this.#runtime = runtime
  }

  /** Something happened to the runtime: what it said does not count any more. */
  doubt(): void {
    this.#last = undefined
  }

  /** What it said last if that was good; otherwise what it says now. */
  async get(signal: AbortSignal): Promise<RuntimeHealth | undefined> {
    if (this.#runtime === undefined || this.#last?.ready === true) return this.#last
    try {
      this.#last = await this.#runtime.health(signal)
    } catch (error) {
      this.#last = { ready: false, reasons: [PiccoloError.from(error).message] }
    }
    const recovered = this.#ailing && this.#last.ready
    this.#ailing = !this.#last.ready
    if (recovered) this.#onRecovered()
    return this.#last
  }
}
