import type { Cancel, ContainerSpec, ContainerState, PiccoloError, RuntimeEvent } from '@piccolo/core/spi'

/** What a watch of the machine hears; `broken` ends it. */
export type RuntimeListener = (event: RuntimeEvent | { readonly type: 'broken'; readonly error: PiccoloError }) => void

/** What happened to a container, and at whose hands: the engine's caller, the program itself, a person, or the power. */
export interface MachineChange {
  readonly kind: 'created' | 'started' | 'ended' | 'removed'
  readonly by: 'caller' | 'program' | 'person' | 'power'
  readonly spec: ContainerSpec
  /** As it is now; with `removed` as it was last. */
  readonly state: ContainerState
}

/** Whoever watches a machine, each in a scope, and onlookers, who see everything. */
export class MemoryListeners {
  readonly #scopes = new Map<RuntimeListener, string>()
  readonly #onlookers = new Set<(change: MachineChange) => void>()

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

  look(onlooker: (change: MachineChange) => void): Cancel {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  show(change: MachineChange): void {
    for (const onlooker of this.#onlookers) onlooker(change)
  }
}
