import type { PiccoloError } from '@piccolo/core/spi'

/** Items in order until the end, or until the error. Consumed once, by one consumer. */
export class Inbox<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = []
  #end: { readonly error: PiccoloError | undefined } | undefined
  #wake: (() => void) | undefined

  push(item: Item): void {
    if (this.#end !== undefined) return
    this.#items.push(item)
    this.#wake?.()
  }

  /** The first end counts; what came before it is still consumed. */
  end(error?: PiccoloError): void {
    this.#end ??= { error }
    this.#wake?.()
  }

  /** Drops what has not been consumed. */
  discard(): void {
    this.#items.length = 0
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) yield item
      else if (this.#end?.error !== undefined) throw this.#end.error
      else if (this.#end !== undefined) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
