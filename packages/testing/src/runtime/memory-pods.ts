import { PiccoloError, type PodSpec, type PodState } from '@piccolo/core/spi'

interface Pod extends PodState {
  readonly scope: string
}

/** The pods of a machine, of every scope. */
export class MemoryPods {
  readonly #pods = new Map<string, Pod>()

  get all(): readonly PodState[] {
    return [...this.#pods.values()].map(stateOf)
  }

  in(scope: string): readonly PodState[] {
    return [...this.#pods.values()].filter((pod) => pod.scope === scope).map(stateOf)
  }

  create(scope: string, { name, workload, specDigest }: PodSpec, id: string): string {
    if (this.in(scope).some((pod) => pod.workload === workload)) throw new PiccoloError('already-exists', `The pod ${name} exists.`)
    this.#pods.set(id, { id, workload, specDigest, scope })
    return id
  }

  remove(id: string): void {
    this.#pods.delete(id)
  }
}

function stateOf({ id, workload, specDigest }: Pod): PodState {
  return { id, workload, specDigest }
}
