import type { ContainerState, PiccoloError, RuntimeEvent } from '@piccolo/core/spi'

/** A listener this far behind is given the whole state instead. */
const longest = 1_024

/** Events on their way to one listener. */
export class EventQueue {
  readonly #snapshot: () => readonly ContainerState[]
  #events: RuntimeEvent[] = []
  #behind = true
  /** Images came of which the resync to come says nothing. */
  #imagesMissed = false
  #end: { readonly error?: PiccoloError } | undefined
  #wake: (() => void) | undefined

  /** Begins with a resync of what `snapshot` answers at that moment. */
  constructor(snapshot: () => readonly ContainerState[]) {
    this.#snapshot = snapshot
  }

  push(event: RuntimeEvent): void {
    if (this.#behind) {
      this.#imagesMissed ||= event.type === 'images'
      return // anything else the resync to come has
    }
    if (this.#events.length >= longest) {
      this.#imagesMissed = [...this.#events, event].some(({ type }) => type === 'images')
      this.#events = []
      this.#behind = true
    } else {
      this.#events.push(event)
    }
    this.#wake?.()
  }

  end(error?: PiccoloError): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wake?.()
  }

  async *drain(): AsyncGenerator<RuntimeEvent, void> {
    for (;;) {
      if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error
        return
      }
      if (this.#behind) {
        this.#behind = false
        yield { type: 'resync', containers: this.#snapshot() }
        continue
      }
      if (this.#imagesMissed) {
        this.#imagesMissed = false
        yield { type: 'images' }
        continue
      }
      const event = this.#events.shift()
      if (event !== undefined) {
        yield event
        continue
      }
      await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }
}
