import { PiccoloError, type Cancel, type ContainerSpec, type ContainerState, type LogLine, type RuntimeScope } from '@piccolo/core/spi'

/** One container of a machine in memory. */
export interface MemoryContainer {
  readonly scope: string
  readonly spec: ContainerSpec
  state: ContainerState
  readonly lines: LogLine[]
  cancelExit: Cancel
  /** Counts its starts. */
  run: number
  /** Nobody knows how it ended, and it can't be started any more. */
  lost?: true
}

/** The containers of a machine, of every scope, in the order they were made. */
export class MemoryContainers {
  readonly #containers = new Map<string, MemoryContainer>()

  get all(): readonly MemoryContainer[] {
    return [...this.#containers.values()]
  }

  in(scope: string): readonly MemoryContainer[] {
    return this.all.filter((container) => container.scope === scope)
  }

  find(scope: string, id: string): MemoryContainer | undefined {
    const container = this.#containers.get(id)
    return container?.scope === scope ? container : undefined
  }

  named(name: string): MemoryContainer {
    const container = this.all.find(({ spec }) => spec.name === name)
    if (container === undefined) throw new PiccoloError('not-found', `There is no container ${name}.`)
    return container
  }

  add(container: MemoryContainer): MemoryContainer {
    this.#containers.set(container.state.id, container)
    return container
  }

  remove({ state }: MemoryContainer): void {
    this.#containers.delete(state.id)
  }
}

export function keyOf({ cluster, node }: RuntimeScope): string {
  return `${cluster}/${node}`
}
