import { PiccoloError, throwIfAborted, type ContainerSpec, type ContainerState, type RuntimeContext } from '@piccolo/core/spi'
import type { ControlGroups } from '../board/control-groups.js'
import { isAlive } from '../board/process-mark.js'
import { codeOf, systemError } from '../errors.js'
import type { ProcessRuntimeSettings } from '../options.js'
import { admit } from './admit.js'
import type { ContainerFiles, ContainerRecord } from './container-files.js'
import { readEnd, readRun, type ContainerRun } from './container-run.js'
import { Limits } from './limits.js'
import { commandScript } from './scripts.js'
import { signalGroup } from './signals.js'
import { startSupervisor, troubleOf } from './start-supervisor.js'
import { Turns } from './turns.js'
import { waitUntil, type Waiting } from './wait-until.js'

/** How long the system may take for what does not depend on the container's program. */
const promptMs = 10_000
/** How long after a command's death its supervisor may take to write it down. */
const lastWordMs = 2_000
const uncut = new AbortController().signal

export interface ContainersParts {
  readonly context: RuntimeContext
  readonly settings: ProcessRuntimeSettings
  readonly files: ContainerFiles
  readonly bootId: string
  readonly setsid: string
  readonly groups: ControlGroups | undefined
  /** A supervisor ended in a way that may have changed no file. */
  readonly touched: (id: string) => void
}

/** What becomes of the containers of one scope. Everything known of them is on disk; nothing is remembered here. */
export class Containers {
  readonly #parts: ContainersParts
  readonly #limits: Limits
  readonly #turns = new Turns()

  constructor(parts: ContainersParts) {
    this.#parts = parts
    this.#limits = new Limits(parts)
  }

  async create(spec: ContainerSpec, signal: AbortSignal): Promise<string> {
    throwIfAborted(signal)
    const { command, user } = admit(spec)
    this.#limits.admit(spec)
    // One at a time, so that a name is taken once.
    return await this.#turns.take('create', async () => {
      const { files, context: { random, scope } } = this.#parts
      const holder = (await this.#records()).find(({ name }) => name === spec.name)
      if (holder !== undefined) {
        throw new PiccoloError('already-exists', `There is a container ${spec.name} already; remove it first.`, { details: { id: holder.id } })
      }
      throwIfAborted(signal)
      const { name, workload, container, specDigest, limits, stdin = false } = spec
      const id = Buffer.from(random.bytes(16)).toString('hex')
      const record: ContainerRecord = { format: 1, id, ...scope, name, workload, container, specDigest, limits, stdin, ...(user !== undefined && { user }) }
      await doing(`Making ${name}`, () => files.make(record, commandScript(command)))
      return id
    })
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    await this.#turns.take(id, async () => {
      const { context: { clock, random }, files, bootId, setsid, settings, touched } = this.#parts
      const record = await files.record(id)
      if (record === undefined) throw new PiccoloError('not-found', `There is no container ${id} here; make it first.`)
      const folder = files.of(id)
      const last = await readRun(folder, bootId)
      if (last !== undefined && last.end === undefined) return
      await this.#clearAway(record, last)
      throwIfAborted(signal)
      const run = Buffer.from(random.bytes(8)).toString('hex')
      const confine = await this.#limits.prepare(record)
      const supervisor = await startSupervisor({ folder, record, run, bootId, setsid, logBytes: settings.logBytes, confine, ended: () => touched(id) })
      const hasBegun = async (): Promise<boolean> => (await readRun(folder, bootId))?.run === run
      const isDecided = async (): Promise<boolean> => supervisor.hasEnded() || (await hasBegun()) || (await readEnd(folder, run)) !== undefined
      // Not to be aborted any more: it runs already.
      await waitUntil(folder + '/run', isDecided, { clock, signal: uncut, withinMs: promptMs })
      if (await hasBegun()) return
      // One that is merely slow would run the command beside the one of the next attempt.
      supervisor.end()
      throw await troubleOf(folder, record)
    })
  }

  async stop(id: string, { graceMs }: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    const running = await this.#running(id, signal)
    if (running === undefined) return
    signalGroup(running.command, 'SIGTERM')
    if (!(await this.#ended(id, running.run, { withinMs: graceMs, signal }))) await this.#kill(id, running, signal)
  }

  async kill(id: string, signal: AbortSignal): Promise<void> {
    const running = await this.#running(id, signal)
    if (running !== undefined) await this.#kill(id, running, signal)
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    await this.#turns.take(id, async () => {
      throwIfAborted(signal)
      const { files, bootId } = this.#parts
      const record = await files.record(id)
      if (record === undefined) return
      const last = await readRun(files.of(id), bootId)
      if (last !== undefined && last.end === undefined) await this.#kill(id, last, signal)
      await this.#clearAway(record, last)
      await doing(`Removing ${record.name}`, () => files.unmake(id))
    })
  }

  async list(signal: AbortSignal): Promise<readonly ContainerState[]> {
    throwIfAborted(signal)
    const states = await Promise.all((await this.#records()).map((record) => this.#stateOf(record)))
    throwIfAborted(signal)
    return states
  }

  async inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
    throwIfAborted(signal)
    const record = await this.#parts.files.record(id)
    return record && await this.#stateOf(record)
  }

  /** Running containers that nobody waits for: their supervisor was killed. */
  async unsupervised(): Promise<readonly string[]> {
    const { files, bootId } = this.#parts
    const runs = await Promise.all((await this.#records()).map(async ({ id, name }) => ({ name, run: await readRun(files.of(id), bootId) })))
    return runs.filter(({ run }) => run !== undefined && run.end === undefined && !run.supervised).map(({ name }) => name)
  }

  async #records(): Promise<readonly ContainerRecord[]> {
    const { files } = this.#parts
    const records = await doing('Listing containers', async () => Promise.all((await files.ids()).map((id) => files.record(id))))
    return records.filter((record) => record !== undefined)
  }

  async #stateOf({ id, name, workload, container, specDigest, limits }: ContainerRecord): Promise<ContainerState> {
    const { files, bootId } = this.#parts
    const base = { id, name, workload, container, specDigest }
    const run = await doing(`Inspecting ${name}`, () => readRun(files.of(id), bootId))
    if (run === undefined) return { ...base, phase: 'created' }
    const { startedAtMs, command, end } = run
    if (end === undefined) return { ...base, phase: 'running', startedAtMs, pid: command.pid }
    const oomKilled = end.exitCode === 137 && this.#limits.outOfMemory(id, limits)
    return { ...base, phase: 'exited', startedAtMs, exitCode: end.exitCode, ...(end.atMs !== undefined && { exitedAtMs: end.atMs }), ...(oomKilled && { oomKilled }) }
  }

  async #running(id: string, signal: AbortSignal): Promise<ContainerRun | undefined> {
    throwIfAborted(signal)
    const { files, bootId } = this.#parts
    if ((await files.record(id)) === undefined) return undefined
    const run = await readRun(files.of(id), bootId)
    return run?.end === undefined ? run : undefined
  }

  async #kill(id: string, { run, command, supervisor }: ContainerRun, signal: AbortSignal): Promise<void> {
    signalGroup(command, 'SIGKILL')
    if (await this.#until(id, async () => !isAlive(command), { withinMs: promptMs, signal })) {
      if (await this.#ended(id, run, { withinMs: lastWordMs, signal })) return
      // The word of its end is hindered; without a supervisor it has ended all the same.
      signalGroup(supervisor, 'SIGKILL')
      await this.#ended(id, run, { withinMs: promptMs, signal })
      this.#parts.touched(id)
      return
    }
    throw new PiccoloError('deadline-exceeded', `Process ${command.pid} does not end although it was killed; it hangs in the kernel, most likely for a device. "ps -o stat,wchan -p ${command.pid}" tells more.`)
  }

  async #ended(id: string, run: string, bounds: Omit<Waiting, 'clock'>): Promise<boolean> {
    const { files, bootId } = this.#parts
    return await this.#until(id, async () => {
      const now = await readRun(files.of(id), bootId)
      return now?.run !== run || now.end !== undefined
    }, bounds)
  }

  async #until(id: string, isTrue: () => Promise<boolean>, bounds: Omit<Waiting, 'clock'>): Promise<boolean> {
    const { context: { clock }, files } = this.#parts
    return await doing('Waiting for an end', async () => {
      try {
        return await waitUntil(files.of(id) + '/run', isTrue, { clock, ...bounds })
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return true // removed meanwhile
        throw error
      }
    })
  }

  /** What a run may leave: its supervisor, which waits for the last output, and processes that left the group but not their limits. */
  async #clearAway(record: ContainerRecord, last: ContainerRun | undefined): Promise<void> {
    if (last?.thisBoot === true) signalGroup(last.supervisor, 'SIGKILL')
    await this.#limits.clear(record)
  }
}

async function doing<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw systemError(error, what)
  }
}
