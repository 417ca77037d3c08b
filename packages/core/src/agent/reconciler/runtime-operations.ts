import { PiccoloError } from '../../errors/index.js'
import { withDeadline } from '../../link/index.js'
import type { Clock, ContainerRuntime, ContainerState, PodSpec } from '../../spi/index.js'
import type { Observed } from './observed.js'
import type { PlannedContainer } from './workload-plan.js'

/** Bounds of single calls; a pull may be long on a thin link. */
const callMs = 60_000
const pullMs = 30 * 60_000
/** What the engine may take beyond the grace of a stop. */
const stopSlackMs = 30_000

/** Single calls of the runtime, each with its deadline, whose outcome is known at once, before the event that confirms it. */
export class RuntimeOperations {
  readonly #runtime: ContainerRuntime
  readonly #observed: Observed
  readonly #clock: Clock
  readonly #onHealth: () => void
  /** The last call found the engine out of reach. */
  #failing = false

  constructor(parts: {
    readonly runtime: ContainerRuntime
    readonly observed: Observed
    readonly clock: Clock
    /** A call found the engine out of reach, or there again: what it said of its health does not count any more. */
    readonly onHealth: () => void
  }) {
    this.#runtime = parts.runtime
    this.#observed = parts.observed
    this.#clock = parts.clock
    this.#onHealth = parts.onHealth
  }

  get supportsPods(): boolean {
    return this.#runtime.pods !== undefined
  }

  /** Makes a container; one of ours that has the name is taken over as it is and judged by its digest later. */
  async create({ spec }: PlannedContainer, podId: string | undefined, signal: AbortSignal): Promise<ContainerState | undefined> {
    const { name, workload, container, specDigest } = spec
    const pod = podId === undefined ? {} : { podId }
    try {
      const id = await this.#call(`Creating ${name}`, callMs, signal, (limit) => this.#runtime.create({ ...spec, ...pod }, limit))
      const state = { id, name, workload, container, specDigest, phase: 'created', ...pod } as const
      this.#observed.put(state)
      return state
    } catch (error) {
      const id = PiccoloError.is(error, 'already-exists') ? error.details['id'] : undefined
      if (typeof id !== 'string') throw error
      const state = await this.#call(`Inspecting ${name}`, callMs, signal, (limit) => this.#runtime.inspect(id, limit))
      if (state !== undefined) this.#observed.put(state)
      return undefined
    }
  }

  async start({ id, name }: ContainerState, signal: AbortSignal): Promise<void> {
    const apply = this.#observed.during(id)
    try {
      await this.#call(`Starting ${name}`, callMs, signal, (limit) => this.#runtime.start(id, limit))
    } catch (error) {
      if (PiccoloError.is(error, 'not-found')) this.#observed.drop(id)
      throw error
    }
    apply({ phase: 'running', startedAtMs: this.#clock.wallMs() })
  }

  /** Stops what runs, with its grace, and removes it. */
  async stopAndRemove(state: ContainerState, graceMs: number, signal: AbortSignal): Promise<void> {
    const { id, name, phase } = state
    if (phase === 'running' || phase === 'paused') {
      await this.#call(`Stopping ${name}`, graceMs + stopSlackMs, signal, (limit) => this.#runtime.stop(id, { graceMs }, limit))
    }
    await this.#call(`Removing ${name}`, callMs, signal, (limit) => this.#runtime.remove(id, limit))
    this.#observed.drop(id)
  }

  /** The pod of a plan, made if need be; pods of the workload that are made otherwise go. */
  async ensurePod(spec: PodSpec, signal: AbortSignal): Promise<string> {
    const { pods } = this.#runtime
    if (pods === undefined) throw new PiccoloError('unsupported', 'The container runtime has no pods.')
    const ours = (await this.#pods(signal)).filter(({ workload }) => workload === spec.workload)
    const fits = ours.find(({ specDigest }) => specDigest === spec.specDigest)
    for (const pod of ours) if (pod !== fits) await this.#removePod(pod.id, signal)
    return fits?.id ?? this.#call(`Creating pod ${spec.name}`, callMs, signal, (limit) => pods.create(spec, limit))
  }

  async removePods(workload: string, signal: AbortSignal): Promise<void> {
    for (const pod of await this.#pods(signal)) if (pod.workload === workload) await this.#removePod(pod.id, signal)
  }

  /** Workloads that have a pod here. */
  async podWorkloads(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#pods(signal)).map(({ workload }) => workload)
  }

  /**
   * Sees to it that the image is here. With `Always` it is fetched anew, but a copy on the node serves when the registry can't be
   * reached: a node needs nobody. `absent`: the runtime just said that it is missing.
   */
  async ensureImage({ spec, pullPolicy }: PlannedContainer, absent: boolean, signal: AbortSignal): Promise<void> {
    const { images } = this.#runtime
    if (images === undefined) return
    const { image } = spec
    const has = (): Promise<boolean> => this.hasImage({ spec }, signal)
    if (!absent && pullPolicy !== 'Always' && (await has())) return
    if (pullPolicy === 'Never') throw new PiccoloError('not-found', `Image ${image} is not on this node, and imagePullPolicy Never forbids to pull it.`)
    try {
      // Not judged as the engine's: most often it is the registry that is out of reach.
      await this.#within(`Pulling image ${image}`, pullMs, signal, (limit) => images.pull(image, limit))
    } catch (error) {
      if (signal.aborted || absent || pullPolicy !== 'Always' || !(await has())) throw error
    }
  }

  /** Whether the image is here; a runtime without images needs none. */
  async hasImage({ spec: { image } }: Pick<PlannedContainer, 'spec'>, signal: AbortSignal): Promise<boolean> {
    const { images } = this.#runtime
    return images === undefined || this.#call(`Looking for image ${image}`, callMs, signal, (limit) => images.has(image, limit))
  }

  async #pods(signal: AbortSignal) {
    const { pods } = this.#runtime
    return pods === undefined ? [] : this.#call('Listing pods', callMs, signal, (limit) => pods.list(limit))
  }

  async #removePod(id: string, signal: AbortSignal): Promise<void> {
    const { pods } = this.#runtime
    if (pods !== undefined) await this.#call('Removing a pod', callMs, signal, (limit) => pods.remove(id, limit))
  }

  async #call<Result>(what: string, ms: number, signal: AbortSignal, run: (limit: AbortSignal) => Promise<Result>): Promise<Result> {
    try {
      const result = await this.#within(what, ms, signal, run)
      if (this.#failing) this.#found(false)
      return result
    } catch (error) {
      if (!signal.aborted && (PiccoloError.is(error, 'unavailable') || PiccoloError.is(error, 'deadline-exceeded'))) this.#found(true)
      throw error
    }
  }

  #found(failing: boolean): void {
    this.#failing = failing
    this.#onHealth()
  }

  #within<Result>(what: string, ms: number, signal: AbortSignal, run: (limit: AbortSignal) => Promise<Result>): Promise<Result> {
    return withDeadline({ clock: this.#clock, ms, signal, what }, run)
  }
}
