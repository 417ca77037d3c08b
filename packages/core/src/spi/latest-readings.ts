import type { PiccoloError } from '../errors/index.js'
import type { SignalReading } from './signal-source.js'

/** For signal sources: what a watch has not read yet, at most one reading a name. Read once, by one reader. */
export class LatestReadings implements AsyncIterable<readonly SignalReading[]> {
  /** In the order of their coming: a name that is told again while it waits moves to the end. */
  readonly #waiting = new Map<string, SignalReading>()
  #stands = false
  #end: { readonly error: PiccoloError | undefined } | undefined
  #wake: (() => void) | undefined

  /** Says that the watch stands. What was put in before is the first batch; without this there is none. */
  begin(): void {
    this.#stands = true
    this.#wake?.()
  }

  /** Takes the place of an older reading of the same name that nobody has read. */
  put(reading: Omit<SignalReading, 'missed'>): void {
    const replaced = this.#waiting.get(reading.name)
    this.#waiting.delete(reading.name)
    this.#waiting.set(reading.name, { ...reading, missed: replaced === undefined ? 0 : replaced.missed + 1 })
    this.#wake?.()
  }

  /** The first end counts. With an error, the reader gets what waits and then the error; without, it ends at once. */
  end(error?: PiccoloError): void {
    this.#end ??= { error }
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly SignalReading[], void, undefined> {
    let isFirst = true
    for (;;) {
      if (this.#end !== undefined && this.#end.error === undefined) return
      if (this.#stands && (isFirst || this.#waiting.size > 0)) {
        isFirst = false
        const batch = [...this.#waiting.values()]
        this.#waiting.clear()
        yield batch
      } else if (this.#end?.error !== undefined) throw this.#end.error
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
