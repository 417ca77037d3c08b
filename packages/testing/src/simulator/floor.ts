import type { ContainerSpec, ContainerState } from '@piccolo/core/spi'
import type { MachineChange } from '../runtime/memory-listeners.js'

export interface Standing {
  readonly node: string
  readonly spec: ContainerSpec
  readonly state: ContainerState
}

/** The containers on all boards as they stand, with what they were made from. */
export class Floor {
  readonly #containers = new Map<string, Standing>()

  take({ node, kind, spec, state }: MachineChange & { readonly node: string }): void {
    const name = `${node} ${state.id}`
    if (kind === 'removed') this.#containers.delete(name)
    else this.#containers.set(name, { node, spec, state })
  }

  get all(): readonly Standing[] {
    return [...this.#containers.values()]
  }

  on(node: string): readonly Standing[] {
    return this.all.filter((standing) => standing.node === node)
  }

  /** What runs of a workload, wherever it does. */
  running(workload: string): readonly Standing[] {
    return this.all.filter(({ state }) => state.workload === workload && state.phase === 'running')
  }
}
