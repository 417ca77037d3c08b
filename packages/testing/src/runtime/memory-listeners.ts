import type { Cancel, PiccoloError, RuntimeEvent } from '@piccolo/core/spi'

/** What a watch of the machine hears; `broken` ends it. */
export type RuntimeListener = (event: RuntimeEvent | { readonly type: 'broken'; readonly error: PiccoloError }) => void

/** Whoever watches a machine, each in a scope. */
export class MemoryListeners {
  readonly #scopes = new Map<RuntimeListener, string>()

  listen(scope: string, listener: RuntimeListener): Cancel {
    this.#scopes.set(listener, scope)
    return () => this.#scopes.delete(listener)
  }

  tell(scope: string, event: RuntimeEvent): void {
    for (const [listener, of] of [...this.#scopes]) if (of === scope) listener(event)
  }

  tellAll(event: Parameters<RuntimeListener>[0]): void {
    for (const listener of [...this.#scopes.keys()]) listener(event)
  }
}
