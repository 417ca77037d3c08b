import { PiccoloError } from '../../errors/index.js'
import { untilAborted, withDeadline } from '../../link/index.js'
import { exponentialMs, sleep, type BackoffOptions } from '../../waiting/index.js'
import type { Clock, ContainerRuntime, ContainerState, Logger, RuntimeEvent } from '../../spi/index.js'

export interface ObservedOptions {
  readonly runtime: ContainerRuntime
  readonly clock: Clock
  readonly logger: Logger
  readonly reopen: BackoffOptions
  /** Something of this workload changed; undefined: anything may have. */
  readonly onChange: (workload: string | undefined) => void
  /** Images came to this machine. */
  readonly onImages: () => void
  /** The runtime became reachable or not. */
  readonly onHealth: (reachable: boolean) => void
}

const openMs = 30_000

/** What the runtime is known to hold: fed by its events, put ahead of them by the outcome of our own calls. */
export class Observed {
  readonly #options: ObservedOptions
  #containers = new Map<string, ContainerState>()
  /** Counts the events of each container, to tell whether one came in during a call. */
  #events = new Map<string, number>()
  /** Taken away by our own calls: older news of them, still on its way, counts no more. */
  readonly #removed = new Set<string>()
  #known = false
  #trouble: string | undefined

  constructor(options: ObservedOptions) {
    this.#options = options
  }

  /** Whether a first resync told what there is. */
  get known(): boolean {
    return this.#known
  }

  /** Why the runtime can't be watched now; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  of(workload: string): readonly ContainerState[] {
    return [...this.#containers.values()].filter((state) => state.workload === workload)
  }

  workloads(): ReadonlySet<string> {
    return new Set([...this.#containers.values()].map((state) => state.workload))
  }

  /** Takes over what a call told us. */
  put(state: ContainerState): void {
    this.#removed.delete(state.id)
    this.#containers.set(state.id, state)
  }

  drop(id: string): void {
    this.#removed.add(id)
    this.#forget(id)
  }

  #forget(id: string): void {
    this.#containers.delete(id)
    this.#events.delete(id)
  }

  /** Begins a call on a container; the returned function applies its outcome unless an event told more meanwhile. */
  during(id: string): (change: Partial<ContainerState>) => void {
    const before = this.#events.get(id)
    return (change) => {
      const state = this.#containers.get(id)
      if (state !== undefined && this.#events.get(id) === before) this.#containers.set(id, { ...state, ...change })
    }
  }

  /** Opens the runtime and watches it until the signal aborts; whatever fails is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, runtime, reopen } = this.#options
    let opened = false
    for (let failures = 0; !signal.aborted; failures += 1) {
      let resyncedMs: number | undefined
      try {
        if (!opened) await withDeadline({ clock, ms: openMs, signal, what: 'Opening the container runtime' }, (limit) => runtime.open(limit))
        opened = true
        for await (const event of untilAborted(runtime.watch(signal), signal)) {
          resyncedMs ??= clock.monotonicMs()
          this.#take(event)
        }
        if (!signal.aborted) throw new PiccoloError('unavailable', 'The container runtime ended its watch.')
      } catch (error) {
        if (signal.aborted) return
        const reason = PiccoloError.from(error).message
        if (reason !== this.#trouble) logger.warn({ reason }, 'container runtime unavailable')
        this.#trouble = reason
        this.#options.onHealth(false)
        // An engine that was put in order needs to be found anew; until then nothing is to be asked of it.
        if (opened && resyncedMs === undefined) {
          this.#known = false
          await runtime.close().catch(() => undefined)
        }
        opened = opened && resyncedMs !== undefined
        // Only a watch that has lasted shows that the engine was well.
        if (resyncedMs !== undefined && clock.monotonicMs() - resyncedMs >= reopen.capMs) failures = 0
        await sleep(clock, exponentialMs(failures, reopen), signal)
      }
    }
  }

  #take(event: RuntimeEvent): void {
    if (event.type === 'resync') {
      this.#takeAll(event.containers)
      return
    }
    if (event.type === 'images') {
      this.#options.onImages()
      return
    }
    const id = event.type === 'changed' ? event.container.id : event.id
    // A container is created once: such word of a known one is older than what our own calls have told of it.
    if (event.type === 'changed' && event.container.phase === 'created' && this.#containers.has(id)) return
    if (event.type === 'changed' && this.#removed.has(id)) return
    if (event.type === 'removed') {
      this.#removed.delete(id)
      this.#forget(id)
    } else {
      this.#containers.set(id, event.container)
      this.#events.set(id, (this.#events.get(id) ?? 0) + 1)
    }
    this.#options.onChange(event.type === 'changed' ? event.container.workload : event.workload)
  }

  #takeAll(states: readonly ContainerState[]): void {
    const ids = new Set(states.map(({ id }) => id))
    for (const id of this.#removed) if (!ids.has(id)) this.#removed.delete(id)
    const present = states.filter(({ id }) => !this.#removed.has(id))
    this.#containers = new Map(present.map((state) => [state.id, state]))
    this.#events = new Map(present.map((state) => [state.id, 1]))
    this.#known = true
    const recovered = this.#trouble !== undefined
    this.#trouble = undefined
    this.#options.onChange(undefined)
    if (recovered) this.#options.onHealth(true)
  }
}
