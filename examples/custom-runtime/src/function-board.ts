import { PiccoloError, type ContainerSpec, type ContainerState, type RuntimeScope } from '@piccolo/core/spi'

/** What a workload of this board is: a function of its firmware. It resolves with its exit code, soon after the signal asks it to end. */
export type BoardProgram = (run: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal }) => Promise<number>

interface Held {
  readonly scope: string
  readonly spec: ContainerSpec
  state: ContainerState
  /** Of the run that goes on: asks it to end. */
  run: AbortController | undefined
}

/** The board: its programs, and what runs of them. It outlives the runtimes over it, as an engine does. */
export class FunctionBoard {
  readonly #programs: Readonly<Record<string, BoardProgram>>
  readonly #held = new Map<string, Held>()
  readonly #listeners = new Set<(id: string) => void>()
  #made = 0

  /** `programs` by the name that a manifest gives as `image`. */
  constructor(programs: Readonly<Record<string, BoardProgram>>) {
    this.#programs = programs
  }

  states(scope: RuntimeScope): readonly ContainerState[] {
    return [...this.#held.values()].filter((held) => held.scope === keyOf(scope)).map(({ state }) => state)
  }

  /** Calls back with the id of whatever changes, of every scope. */
  listen(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  create(scope: RuntimeScope, spec: ContainerSpec): string {
    if (!Object.hasOwn(this.#programs, spec.image)) throw new PiccoloError('not-found', `The firmware has no program ${spec.image}; it has ${Object.keys(this.#programs).join(', ')}.`)
    const taken = this.states(scope).find(({ name }) => name === spec.name)
    if (taken !== undefined) throw new PiccoloError('already-exists', `The name ${spec.name} is taken.`, { details: { id: taken.id } })
    this.#made += 1
    const id = `function-${this.#made}`
    const { name, workload, container, specDigest } = spec
    this.#held.set(id, { scope: keyOf(scope), spec, run: undefined, state: { id, name, workload, container, specDigest, phase: 'created' } })
    this.#tell(id)
    return id
  }

  start(scope: RuntimeScope, id: string): void {
    const held = this.#find(scope, id)
    if (held === undefined) throw new PiccoloError('not-found', `There is no container ${id}.`)
    if (held.run !== undefined) return
    const run = new AbortController()
    held.run = run
    const { exitCode: _, ...rest } = held.state
    this.#become(held, { ...rest, phase: 'running' })
    const { args = [], env, image } = held.spec
    const program = this.#programs[image] ?? (() => Promise.resolve(127))
    void program({ args, env: Object.fromEntries(env.map(({ name, value }) => [name, value])), signal: run.signal })
      .catch(() => 1)
      .then((exitCode) => this.#ended(held, run, exitCode))
  }

  /** Asks it to end. */
  interrupt(scope: RuntimeScope, id: string): void {
    this.#find(scope, id)?.run?.abort()
  }

  /** A function can't be killed: it is asked to end, and whatever it still does counts no more. */
  kill(scope: RuntimeScope, id: string): void {
    const held = this.#find(scope, id)
    if (held?.run === undefined) return
    const { run } = held
    this.#ended(held, run, 137)
    run.abort()
  }

  remove(scope: RuntimeScope, id: string): void {
    if (this.#find(scope, id) === undefined) return
    this.kill(scope, id)
    this.#held.delete(id)
    this.#tell(id)
  }

  #ended(held: Held, run: AbortController, exitCode: number): void {
    if (held.run !== run) return
    held.run = undefined
    this.#become(held, { ...held.state, phase: 'exited', exitCode })
  }

  #become(held: Held, state: ContainerState): void {
    held.state = state
    this.#tell(state.id)
  }

  #tell(id: string): void {
    for (const listener of [...this.#listeners]) listener(id)
  }

  #find(scope: RuntimeScope, id: string): Held | undefined {
    const held = this.#held.get(id)
    return held?.scope === keyOf(scope) ? held : undefined
  }
}

function keyOf({ cluster, node }: RuntimeScope): string {
  return `${cluster}/${node}`
}
