import { PiccoloError } from '../../errors/index.js'
import type { ContainerState } from '../../spi/index.js'
import type { RuntimeOperations } from './runtime-operations.js'
import type { PlannedContainer } from './workload-plan.js'

/** What an attempt to get a container running is about when it fails. */
export type Step = 'ImageUnavailable' | 'CreateFailed' | 'StartFailed'

/** How far an attempt got, for the reason if it fails. */
export interface Progress {
  step: Step
}

export interface Making {
  /** Id of the workload's pod, made on first use; undefined when it has none. */
  readonly pod: () => Promise<string | undefined>
  readonly signal: AbortSignal
  /** Aborted as well when something else is wanted: then a pull is for nothing. */
  readonly preparing: AbortSignal
}

/** Makes one container, of one spec, and fetches its image if that is what it takes. */
export class ContainerMaker {
  readonly #planned: PlannedContainer
  readonly #operations: RuntimeOperations
  #imageReady = false

  constructor(planned: PlannedContainer, operations: RuntimeOperations) {
    this.#planned = planned
    this.#operations = operations
  }

  /** Whether its image was seen to be here. */
  get imageReady(): boolean {
    return this.#imageReady
  }

  /** `absent`: the runtime just said that the image is missing. */
  async fetch(absent: boolean, signal: AbortSignal): Promise<void> {
    this.#imageReady = false
    await this.#operations.ensureImage(this.#planned, absent, signal)
    this.#imageReady = true
  }

  /** Undefined: somebody else's making of it was found, and is judged in the next round. */
  async make({ pod, signal, preparing }: Making, progress: Progress): Promise<ContainerState | undefined> {
    if (this.#planned.pullPolicy === 'Always' && !this.#imageReady) {
      progress.step = 'ImageUnavailable'
      await this.fetch(false, preparing)
    }
    progress.step = 'CreateFailed'
    const podId = await pod()
    try {
      return await this.#operations.create(this.#planned, podId, signal)
    } catch (error) {
      if (!PiccoloError.is(error, 'not-found')) throw error
    }
    // Nobody asked for the image before: most often it is there, and asking takes time.
    progress.step = 'ImageUnavailable'
    await this.fetch(true, preparing)
    progress.step = 'CreateFailed'
    return this.#operations.create(this.#planned, podId, signal)
  }

  async makeAnew(state: ContainerState, making: Making, progress: Progress): Promise<ContainerState | undefined> {
    progress.step = 'CreateFailed'
    await this.#operations.stopAndRemove(state, 0, making.signal)
    return this.make(making, progress)
  }
}
