import { throwIfAborted, type RuntimeEvent } from '@piccolo/core/spi'
import { ContainerMirror, type Looks } from './container-mirror.js'
import type { Tidings } from './source.js'
import type { ProvableSource } from './sources.js'

export interface WatchingParts {
  readonly looks: Looks
  readonly gone: (id: string) => void
  openSources(tidings: Tidings): Promise<ProvableSource>
}

interface Shared {
  readonly mirror: Promise<ContainerMirror>
  source?: ProvableSource
  watchers: number
}

/** Watches that share one mirror and one set of sources, there while anybody watches. */
export class Watching {
  readonly #parts: WatchingParts
  #shared: Shared | undefined

  constructor(parts: WatchingParts) {
    this.#parts = parts
  }

  async *watch(signal: AbortSignal): AsyncGenerator<RuntimeEvent, void> {
    throwIfAborted(signal)
    const shared = (this.#shared ??= this.#open())
    shared.watchers += 1
    try {
      const mirror = await shared.mirror
      const queue = await mirror.join()
      const end = (): void => queue.end()
      signal.addEventListener('abort', end, { once: true })
      if (signal.aborted) end()
      try {
        yield* queue.drain()
      } finally {
        signal.removeEventListener('abort', end)
        mirror.leave(queue)
      }
    } finally {
      shared.watchers -= 1
      if (shared.watchers === 0) await this.#end(shared)
    }
  }

  /** This runtime has changed a container; the sources ought to tell of it. */
  demandProof(): void {
    this.#shared?.source?.demandProof()
  }

  /** Ends every watch. */
  async close(): Promise<void> {
    if (this.#shared !== undefined) await this.#end(this.#shared)
  }

  async #end(shared: Shared): Promise<void> {
    this.#forget(shared)
    await shared.mirror.then((mirror) => mirror.end(), () => undefined)
  }

  #forget(shared: Shared): void {
    if (this.#shared === shared) this.#shared = undefined
  }

  #open(): Shared {
    const mirror = new ContainerMirror(this.#parts.looks, this.#parts.gone)
    const opening = this.#parts.openSources(mirror).then((source) => {
      shared.source = source
      // However the mirror ends, nothing stays open, and the next watch begins anew.
      const ended = (): void => {
        source.stop()
        this.#forget(shared)
      }
      if (mirror.lifetime.aborted) ended()
      else mirror.lifetime.addEventListener('abort', ended, { once: true })
      return mirror
    })
    const shared: Shared = { mirror: opening, watchers: 0 }
    opening.catch(() => this.#forget(shared))
    return shared
  }
}
