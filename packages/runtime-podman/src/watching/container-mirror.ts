import { PiccoloError, type ContainerState, type RuntimeEvent } from '@piccolo/core/spi'
import { exitedState, sameState } from '../containers/container-state.js'
import { EventQueue } from './event-queue.js'
import type { Tidings } from './source.js'

/** How the mirror looks at the engine. */
export interface Looks {
  list(signal: AbortSignal): Promise<readonly ContainerState[]>
  inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined>
}

/**
 * What is known of the containers in scope, kept true by looking again wherever tidings come from, and told to whoever listens.
 * One look is under way at a time; a container of which tidings came meanwhile is looked at once more, and the older look ignored.
 */
export class ContainerMirror implements Tidings {
  readonly #looks: Looks
  readonly #gone: (id: string) => void
  readonly #known = new Map<string, ContainerState>()
  readonly #queues = new Set<EventQueue>()
  readonly #lifetime = new AbortController()
  /** To be looked at. */
  #dirty = new Set<string>()
  #allDirty = false
  /** Being looked at. */
  #looking = new Set<string>()
  #lookingAtAll = false
  #working: Promise<void> | undefined

  #failure: PiccoloError | undefined

  constructor(looks: Looks, gone: (id: string) => void) {
    this.#looks = looks
    this.#gone = gone
  }

  /** Aborted when the mirror has ended. */
  get lifetime(): AbortSignal {
    return this.#lifetime.signal
  }

  /** Looks at everything, then adds a listener, whose first event is the resync. */
  async join(): Promise<EventQueue> {
    await this.#lookAtAll()
    const queue = new EventQueue(() => [...this.#known.values()])
    this.#queues.add(queue)
    return queue
  }

  leave(queue: EventQueue): void {
    this.#queues.delete(queue)
  }

  /** Ends every listener, with the error if there is one. */
  end(error?: PiccoloError): void {
    this.#failure ??= error
    this.#lifetime.abort()
    for (const queue of this.#queues) queue.end(error)
    this.#queues.clear()
  }

  exited(id: string, exit: { readonly exitCode: number; readonly exitedAtMs: number }): void {
    const before = this.#known.get(id)
    if (before !== undefined && before.phase !== 'exited') this.#tell(exitedState(before, exit))
    // One not known yet was told of, or will be, by its creation.
    if (before !== undefined || this.#isInQuestion(id)) this.changed(id)
  }

  vanished(id: string): void {
    if (this.#known.get(id)?.phase === 'running' || this.#isInQuestion(id)) this.changed(id)
  }

  changed(id: string): void {
    this.#dirty.add(id)
    this.#work()
  }

  removed(id: string): void {
    if (this.#isInQuestion(id)) this.changed(id)
    this.#lose(id)
  }

  imagesCame(): void {
    this.#push({ type: 'images' })
  }

  doubt(): void {
    this.#allDirty = true
    this.#work()
  }

  failed(error: PiccoloError): void {
    this.end(error)
  }

  async #lookAtAll(): Promise<void> {
    do {
      this.doubt()
      await this.#working
      if (this.#lifetime.signal.aborted) throw this.#failure ?? new PiccoloError('unavailable', 'The containers can no longer be watched. Watch again.')
    } while (this.#allDirty)
  }

  #work(): void {
    this.#working ??= this.#workUntilClean()
      .catch((error: unknown) => this.end(PiccoloError.from(error)))
      .finally(() => {
        this.#working = undefined
        if (!this.#lifetime.signal.aborted && this.#dirty.size > 0) this.#work() // came after the last look
      })
  }

  async #workUntilClean(): Promise<void> {
    const { signal } = this.#lifetime
    while (!signal.aborted && (this.#allDirty || this.#dirty.size > 0)) {
      if (this.#allDirty) await this.#compareAll(signal)
      else await this.#compareSome(signal)
    }
  }

  async #compareAll(signal: AbortSignal): Promise<void> {
    this.#allDirty = false
    this.#dirty = new Set()
    this.#lookingAtAll = true
    try {
      const states = await this.#looks.list(signal)
      const present = new Set(states.map(({ id }) => id))
      for (const state of states) if (!this.#dirty.has(state.id)) this.#tell(state)
      for (const id of [...this.#known.keys()]) if (!present.has(id) && !this.#dirty.has(id)) this.#lose(id)
    } finally {
      this.#lookingAtAll = false
    }
  }

  async #compareSome(signal: AbortSignal): Promise<void> {
    this.#looking = this.#dirty
    this.#dirty = new Set()
    try {
      for (const id of this.#looking) {
        const state = await this.#looks.inspect(id, signal)
        if (this.#dirty.has(id)) continue
        if (state === undefined) this.#lose(id)
        else this.#tell(state)
      }
    } finally {
      this.#looking = new Set()
    }
  }

  #isInQuestion(id: string): boolean {
    return this.#lookingAtAll || this.#looking.has(id) || this.#dirty.has(id)
  }

  #tell(state: ContainerState): void {
    const before = this.#known.get(state.id)
    if (before !== undefined && sameState(before, state)) return
    this.#known.set(state.id, state)
    this.#push({ type: 'changed', container: state })
  }

  #lose(id: string): void {
    const before = this.#known.get(id)
    this.#gone(id)
    if (!this.#known.delete(id) || before === undefined) return
    this.#push({ type: 'removed', id, workload: before.workload, container: before.container })
  }

  #push(event: RuntimeEvent): void {
    for (const queue of this.#queues) queue.push(event)
  }
}
