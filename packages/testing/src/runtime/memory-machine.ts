import { PiccoloError, type Cancel, type Clock, type ContainerSpec, type ContainerState, type LogLine, type PodSpec, type PodState, type RuntimeScope } from '@piccolo/core/spi'
import { Latency } from '../clock/latency.js'
import { sleep } from '../clock/sleep.js'
import { seededRandom } from '../random/seeded-random.js'
import { keyOf, MemoryContainers, type MemoryContainer } from './memory-container.js'
import { MemoryFailures, type MemoryCall } from './memory-failures.js'
import { MemoryListeners, type MachineChange, type RuntimeListener } from './memory-listeners.js'
import type { MemoryMachineOptions } from './memory-machine-options.js'
import { MemoryPods } from './memory-pods.js'
import { endOf, linesOf, programOf, type MemoryProgram } from './memory-program.js'

/** A board with a container engine, for `memoryRuntime`, in memory. Agents and their adapters come and go; what runs on it runs on. */
export class MemoryMachine {
  readonly clock: Clock
  /** Images that are here. One that is added to the set itself is there without a word; see `putImage`. */
  readonly images: Set<string>
  /** Images that can be pulled, and how long that takes; `undefined` in it: the name is wrong. Others: the registry is out of reach. */
  readonly registry = new Map<string, { readonly pullMs: number } | undefined>()
  /** Archives that can be loaded, and the images in them. */
  readonly archives = new Map<string, readonly string[]>()
  /** Everything that was asked of it, e.g. `start web_main`, for tests that count. */
  readonly calls: string[] = []
  /** Of every call: half of it before anything happens, half before the caller hears of it. */
  readonly latency: Latency
  /** Counts the reboots: no call goes on beyond one. */
  boots = 0
  readonly #containers = new MemoryContainers()
  readonly #pods = new MemoryPods()
  readonly #programs = new Map<string, MemoryProgram>()
  readonly #failures = new MemoryFailures()
  readonly #listeners = new MemoryListeners()
  #count = 0

  constructor({ clock, images = [], random = seededRandom(0) }: MemoryMachineOptions) {
    this.clock = clock
    this.latency = new Latency(clock, random)
    this.images = new Set(images)
  }

  /** What containers of this image do from their next start on. Without it they run until ended. */
  behave(image: string, program: MemoryProgram): void {
    this.#programs.set(image, program)
  }

  /** Makes a call fail until told otherwise. */
  fail(call: MemoryCall, error: PiccoloError | undefined): void {
    this.#failures.set(call, error)
  }

  /** The engine is gone until `up`; containers run on unseen. */
  down(reason = 'The container engine is not there.'): void {
    this.#failures.down = reason
    this.breakWatches()
  }

  up(): void {
    this.#failures.down = undefined
  }

  /** Every watch fails once. */
  breakWatches(): void {
    this.#listeners.tellAll({ type: 'broken', error: new PiccoloError('unavailable', this.#failures.down ?? 'The watch broke.') })
  }

  /** An image comes to the machine, by a pull, a load or somebody's hand, and the engine tells of it. */
  putImage(name: string): void {
    this.images.add(name)
    this.#listeners.tellAll({ type: 'images' })
  }

  /** Calls `onlooker` at whatever happens to a container, of every scope. */
  onChange(onlooker: (change: MachineChange) => void): Cancel {
    return this.#listeners.look(onlooker)
  }

  /** The power goes: what ran has ended, and no exit code tells how. Nobody is told. */
  reboot(): void {
    this.boots += 1
    for (const container of this.#containers.all) {
      if (container.state.phase !== 'running') continue
      container.cancelExit()
      container.state = { ...container.state, phase: 'exited', exitCode: 0 }
      this.#show(container, 'ended', 'power')
    }
  }

  /** Somebody removes a container behind the agent's back. */
  removeByHand(name: string): void {
    this.#delete(this.#containers.named(name), 'person')
  }

  /** A container is gone without a trace of its end, as after a kill of everything around it: it can only be made anew. */
  lose(name: string): void {
    const container = this.#containers.named(name)
    container.cancelExit()
    container.lost = true
    const { pid: _, ...rest } = container.state
    this.#become(container, { ...rest, phase: 'exited' })
    this.#show(container, 'ended', 'person')
  }

  /** A container's process ends now. */
  exit(name: string, exitCode: number, options: { readonly outOfMemory?: boolean } = {}): void {
    this.#end(this.#containers.named(name), { exitCode, oomKilled: options.outOfMemory === true, by: 'program' })
  }

  /** Everything on it, of every scope. */
  containers(): readonly ContainerState[] {
    return this.#containers.all.map(({ state }) => state)
  }

  pods(): readonly PodState[] {
    return this.#pods.all
  }

  note(call: string): void {
    this.calls.push(call)
  }

  /** Throws what the call is to fail with. */
  check(call: MemoryCall): void {
    this.#failures.check(call)
  }

  requireUp(): void {
    this.#failures.requireUp()
  }

  listen(scope: RuntimeScope, listener: RuntimeListener): Cancel {
    return this.#listeners.listen(keyOf(scope), listener)
  }

  inScope(scope: RuntimeScope): readonly ContainerState[] {
    return this.#containers.in(keyOf(scope)).map(({ state }) => state)
  }

  create(scope: RuntimeScope, spec: ContainerSpec): string {
    this.note(`create ${spec.name}`)
    this.check('create')
    if (!this.images.has(spec.image)) throw new PiccoloError('not-found', `There is no image ${spec.image} on this machine.`)
    const taken = this.#containers.in(keyOf(scope)).find((container) => container.spec.name === spec.name)
    if (taken !== undefined) throw new PiccoloError('already-exists', `The name ${spec.name} is taken.`, { details: { id: taken.state.id } })
    const { name, workload, container, specDigest, podId } = spec
    const id = this.#newId()
    const state = { id, name, workload, container, specDigest, phase: 'created', ...(podId === undefined ? {} : { podId }) } as const
    const made = this.#containers.add({ scope: keyOf(scope), spec, state, lines: [], run: 0, cancelExit: () => undefined })
    this.#show(made, 'created', 'caller')
    this.#listeners.tell(keyOf(scope), { type: 'changed', container: state })
    return id
  }

  start(scope: RuntimeScope, id: string): void {
    const container = this.#containers.find(keyOf(scope), id)
    this.note(`start ${container?.spec.name ?? id}`)
    this.check('start')
    if (container === undefined) throw new PiccoloError('not-found', `There is no container ${id}.`)
    if (container.lost === true) throw new PiccoloError('failed-precondition', `The container ${container.spec.name} is lost. Create it again.`)
    if (container.state.phase === 'running') return
    const { exitCode: _, oomKilled: __, exitedAtMs: ___, ...rest } = container.state
    container.run += 1
    this.#become(container, { ...rest, phase: 'running', startedAtMs: this.clock.wallMs(), pid: this.#count })
    this.#show(container, 'started', 'caller')
    container.lines.push(...linesOf(this.#programOf(container), container.spec).map((line) => ({ ...line, atMs: this.clock.wallMs() })))
    const end = endOf(this.#programOf(container))
    if (end !== undefined) container.cancelExit = this.clock.schedule(end.afterMs, () => this.#end(container, { ...end, by: 'program' }))
  }

  async stop(scope: RuntimeScope, id: string, { graceMs, signal }: { readonly graceMs: number; readonly signal: AbortSignal }): Promise<void> {
    const container = this.#containers.find(keyOf(scope), id)
    if (container?.state.phase !== 'running') return
    this.note(`stop ${container.spec.name}`)
    this.check('stop')
    const { run } = container
    const willing = this.#programOf(container).stubborn !== true
    if (!willing) await sleep(this.clock, graceMs, signal)
    // It may have been removed meanwhile, or started anew after a power cut, and nobody asked that run to end.
    if (container.run === run && this.#containers.find(keyOf(scope), id) === container) this.#end(container, { exitCode: willing ? 143 : 137, oomKilled: false, by: 'caller' })
  }

  kill(scope: RuntimeScope, id: string): void {
    const container = this.#containers.find(keyOf(scope), id)
    if (container !== undefined) this.#end(container, { exitCode: 137, oomKilled: false, by: 'caller' })
  }

  remove(scope: RuntimeScope, id: string): void {
    const container = this.#containers.find(keyOf(scope), id)
    if (container === undefined) return
    this.note(`remove ${container.spec.name}`)
    this.check('remove')
    this.#delete(container, 'caller')
  }

  createPod(scope: RuntimeScope, spec: PodSpec): string {
    this.note(`create-pod ${spec.name}`)
    this.requireUp()
    return this.#pods.create(keyOf(scope), spec, this.#newId())
  }

  podsIn(scope: RuntimeScope): readonly PodState[] {
    return this.#pods.in(keyOf(scope))
  }

  removePod(scope: RuntimeScope, id: string): void {
    const pod = this.podsIn(scope).find((one) => one.id === id)
    if (pod === undefined) return
    this.note(`remove-pod ${pod.workload}`)
    this.#pods.remove(id)
    for (const container of this.#containers.all) if (container.state.podId === id) this.#delete(container, 'caller')
  }

  linesOf(scope: RuntimeScope, id: string): readonly LogLine[] {
    const container = this.#containers.find(keyOf(scope), id)
    if (container === undefined) throw new PiccoloError('not-found', `There is no container ${id}.`)
    return container.lines
  }

  #programOf({ spec }: MemoryContainer): MemoryProgram {
    return programOf(spec) ?? this.#programs.get(spec.image) ?? {}
  }

  #end(container: MemoryContainer, { exitCode, oomKilled, by }: { readonly exitCode: number; readonly oomKilled: boolean; readonly by: MachineChange['by'] }): void {
    if (container.state.phase !== 'running') return
    container.cancelExit()
    const { pid: _, ...rest } = container.state
    this.#become(container, { ...rest, phase: 'exited', exitCode, exitedAtMs: this.clock.wallMs(), ...(oomKilled ? { oomKilled } : {}) })
    this.#show(container, 'ended', by)
  }

  #delete(container: MemoryContainer, by: MachineChange['by']): void {
    const { id, workload, container: name } = container.state
    container.cancelExit()
    this.#containers.remove(container)
    this.#show(container, 'removed', by)
    this.#listeners.tell(container.scope, { type: 'removed', id, workload, container: name })
  }

  #show({ spec, state }: MemoryContainer, kind: MachineChange['kind'], by: MachineChange['by']): void {
    this.#listeners.show({ kind, by, spec, state })
  }

  #become(container: MemoryContainer, state: ContainerState): void {
    container.state = state
    this.#listeners.tell(container.scope, { type: 'changed', container: state })
  }

  #newId(): string {
    this.#count += 1
    return this.#count.toString(16).padStart(64, '0')
  }
}
