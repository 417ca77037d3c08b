import { PiccoloError } from '../../errors/index.js'
import type { JournalEvent } from '../../link/index.js'
import type { ContainerStatus, WorkloadContent } from '../../protocol/index.js'
import type { Clock, ContainerState } from '../../spi/index.js'
import type { RunOutcomes } from '../state/run-outcomes.js'
import { Attempts } from './attempts.js'
import { containerStatus } from './container-status.js'
import type { Observed } from './observed.js'
import type { ReconcilerTimings } from './reconciler-options.js'
import { isDead, isLost, runsAgain, unknownExitCode } from './restart-policy.js'
import type { RuntimeOperations } from './runtime-operations.js'
import type { PlannedContainer } from './workload-plan.js'

export interface KeeperParts {
  readonly operations: RuntimeOperations
  readonly observed: Observed
  readonly outcomes: RunOutcomes
  readonly clock: Clock
  readonly timings: ReconcilerTimings
  /** The machine booted since the agent last ran: an end that nobody saw is an interruption. */
  readonly rebooted: boolean
  readonly record: (event: JournalEvent) => void
}

/** One round's view of the workload around a container. */
export interface KeeperRound {
  readonly policy: WorkloadContent['restartPolicy']
  /** Id of the workload's pod, made on first use; undefined when it has none. */
  readonly pod: () => Promise<string | undefined>
  readonly signal: AbortSignal
  /** Aborted as well when something else is wanted: then a pull is for nothing. */
  readonly preparing: AbortSignal
}

type Step = 'ImageUnavailable' | 'CreateFailed' | 'StartFailed'

/** How far an attempt got, for the reason if it fails. */
interface Progress {
  step: Step
}

/** A container that does not start is made anew after this many attempts. */
const startsBeforeRemake = 2

/** Keeps one container, of one spec, in the state its restart policy asks for. */
export class ContainerKeeper {
  readonly #planned: PlannedContainer
  readonly #parts: KeeperParts
  /** Failing to find the image, create or start. */
  readonly #trouble: Attempts
  /** Ending though it should run. */
  readonly #crashes: Attempts
  #restarts = 0
  #imageReady = false
  /** Since when it runs, on the monotonic clock, if this life of the agent saw it run. */
  #sinceMs: number | undefined
  /** What its present end means; undefined while it has not ended or nobody looked. */
  #end: { readonly dead: boolean; readonly interrupted: boolean } | undefined

  constructor(planned: PlannedContainer, parts: KeeperParts) {
    this.#planned = planned
    this.#parts = parts
    this.#trouble = new Attempts(parts.clock, parts.timings.retry)
    this.#crashes = new Attempts(parts.clock, parts.timings.restart)
  }

  get state(): ContainerState | undefined {
    const { workload, specDigest } = this.#planned.spec
    return this.#parts.observed.of(workload).find((state) => state.specDigest === specDigest)
  }

  /** What keeps it from running, for people. */
  get reason(): string | undefined {
    return this.#trouble.reason ?? this.#crashes.reason
  }

  /** Milliseconds until it is worth another try; undefined when only an event can change anything. */
  get waitMs(): number | undefined {
    const waitMs = Math.max(this.#trouble.waitMs, this.#crashes.waitMs)
    return waitMs > 0 ? waitMs : undefined
  }

  /** Whether it ended in a way that the policy does not repeat. */
  isFinished(policy: WorkloadContent['restartPolicy']): boolean {
    const { role, spec } = this.#planned
    const outcome = this.#parts.outcomes.get(spec.workload, spec.specDigest)
    const end = outcome === undefined ? this.#end : { dead: isDead(outcome), interrupted: false }
    return end !== undefined && this.state?.phase !== 'running' && !runsAgain(policy, { role, ...end })
  }

  /** Ended well. */
  get succeeded(): boolean {
    return this.#end !== undefined && !this.#end.dead && !this.#end.interrupted
  }

  /** Whether it has run since the machine booted, as far as can be known. */
  hasBegun(policy: WorkloadContent['restartPolicy']): boolean {
    const { state } = this
    const ran = state !== undefined && state.phase !== 'created' && (this.#sinceMs !== undefined || !this.#parts.rebooted)
    return ran || this.isFinished(policy)
  }

  status(policy: WorkloadContent['restartPolicy']): ContainerStatus {
    const { workload, specDigest } = this.#planned.spec
    const outcome = this.isFinished(policy) ? this.#parts.outcomes.get(workload, specDigest) : undefined
    const waiting = this.#trouble.reason === undefined ? this.#crashes : this.#trouble
    return containerStatus({ planned: this.#planned, state: this.state, outcome, waiting, restarts: this.#restarts })
  }

  /** Takes note of what happened since the last look. */
  look(policy: WorkloadContent['restartPolicy']): void {
    const { state } = this
    if (state?.phase === 'running') this.#sawRunning(state)
    if (state?.phase === 'exited' && this.#end === undefined) this.#sawEnd(state, policy)
    // Somebody removed it: that is no crash, and whoever does it again and again still gets it back at once.
    if (state === undefined && this.#crashes.waitMs > 0) this.#crashes.hurry()
  }

  /** Fetches the image ahead of time; answers whether it is here. */
  async prepare({ signal, preparing }: KeeperRound): Promise<boolean> {
    if (this.#imageReady || this.state !== undefined) return true
    if (this.#trouble.waitMs > 0) return false
    try {
      await this.#fetch(false, preparing)
      this.#trouble.clear()
      return true
    } catch (error) {
      if (!signal.aborted && !preparing.aborted) this.#failed('ImageUnavailable', error)
      return false
    }
  }

  /** Makes and starts it if it should run and does not. What fails is kept as trouble, to be tried again when due. */
  async ensure(round: KeeperRound): Promise<void> {
    this.look(round.policy)
    const { state } = this
    if (state?.phase === 'running' || state?.phase === 'paused') return
    if (this.waitMs !== undefined || this.isFinished(round.policy)) return
    const progress: Progress = { step: 'CreateFailed' }
    try {
      const made = state !== undefined && isLost(state) ? await this.#makeAnew(state, round, progress) : state ?? (await this.#make(round, progress))
      progress.step = 'StartFailed'
      if (made !== undefined) await this.#start(made, round.signal)
    } catch (error) {
      const { step } = progress
      if (round.signal.aborted || (step === 'ImageUnavailable' && round.preparing.aborted)) return
      this.#failed(step, error)
      if (step === 'StartFailed' && this.#trouble.failures % startsBeforeRemake === 0) await this.#remake(round.signal)
    }
  }

  async #makeAnew(state: ContainerState, round: KeeperRound, progress: Progress): Promise<ContainerState | undefined> {
    await this.#parts.operations.stopAndRemove(state, 0, round.signal)
    return this.#make(round, progress)
  }

  async #make({ pod, signal, preparing }: KeeperRound, progress: Progress): Promise<ContainerState | undefined> {
    const { operations } = this.#parts
    if (this.#planned.pullPolicy === 'Always' && !this.#imageReady) {
      progress.step = 'ImageUnavailable'
      await this.#fetch(false, preparing)
      progress.step = 'CreateFailed'
    }
    const podId = await pod()
    try {
      return await operations.create(this.#planned, podId, signal)
    } catch (error) {
      if (!PiccoloError.is(error, 'not-found')) throw error
    }
    // Nobody asked for the image before: most often it is there, and asking takes time.
    progress.step = 'ImageUnavailable'
    await this.#fetch(true, preparing)
    progress.step = 'CreateFailed'
    return operations.create(this.#planned, podId, signal)
  }

  async #fetch(absent: boolean, signal: AbortSignal): Promise<void> {
    this.#imageReady = false
    await this.#parts.operations.ensureImage(this.#planned, absent, signal)
    this.#imageReady = true
  }

  async #start(state: ContainerState, signal: AbortSignal): Promise<void> {
    const { workload, specDigest } = this.#planned.spec
    // Removed while it ran, it may have left no end to see.
    const again = this.#end !== undefined || this.#sinceMs !== undefined
    const before = this.#end
    this.#parts.outcomes.forget(workload, specDigest)
    this.#end = undefined
    try {
      await this.#parts.operations.start(state, signal)
    } catch (error) {
      this.#end = before
      throw error
    }
    this.#sinceMs = this.#parts.clock.monotonicMs()
    this.#trouble.clear()
    this.#crashes.begun()
    if (again) this.#restarts += 1
    this.#note('info', again ? 'container-restarted' : 'container-started', again ? 'The container was started again.' : 'The container was started.')
  }

  async #remake(signal: AbortSignal): Promise<void> {
    const { state } = this
    if (state !== undefined) await this.#parts.operations.stopAndRemove(state, 0, signal).catch(() => undefined)
  }

  #sawRunning({ startedAtMs }: ContainerState): void {
    if (this.#sinceMs !== undefined && this.#end === undefined) return
    const { clock } = this.#parts
    const ageMs = startedAtMs === undefined ? 0 : Math.max(0, clock.wallMs() - startedAtMs)
    this.#sinceMs = clock.monotonicMs() - ageMs
    this.#end = undefined
    this.#crashes.begun()
  }

  #sawEnd(state: ContainerState, policy: WorkloadContent['restartPolicy']): void {
    const { rebooted, clock, timings, outcomes } = this.#parts
    const { role, spec } = this.#planned
    const seen = this.#sinceMs !== undefined
    this.#end = { dead: isDead(state), interrupted: !seen && rebooted }
    const known = outcomes.get(spec.workload, spec.specDigest) !== undefined
    const how = describeEnd(state)
    if (!known && !this.#end.interrupted) this.#note(this.#end.dead ? 'warning' : 'info', 'container-exited', `The container ended: ${how}.`, { exitCode: state.exitCode ?? unknownExitCode })
    if (runsAgain(policy, { role, ...this.#end })) {
      if (this.#sinceMs === undefined) return
      if (clock.monotonicMs() - this.#sinceMs >= timings.stableMs) this.#crashes.clear()
      this.#crashes.failed(`${this.#crashes.failures === 0 ? 'Restarting' : 'CrashLoopBackOff'}: ${how}`)
    } else if (role === 'main' && !known) {
      const outcome = { exitCode: state.exitCode ?? unknownExitCode, oomKilled: state.oomKilled === true, atMs: Math.round(state.exitedAtMs ?? clock.wallMs()) }
      outcomes.record(spec.workload, spec.specDigest, outcome)
    }
  }

  #failed(step: Step, error: unknown): void {
    const { message } = PiccoloError.from(error)
    const first = this.#trouble.failures === 0
    this.#trouble.failed(`${step}: ${message}`)
    // Told once a streak: the status shows that it goes on.
    if (first) this.#note('warning', step === 'ImageUnavailable' ? 'image-unavailable' : 'container-not-started', message, { image: this.#planned.spec.image })
  }

  #note(severity: JournalEvent['severity'], type: string, message: string, fields: JournalEvent['fields'] = {}): void {
    const { workload, container } = this.#planned.spec
    this.#parts.record({ severity, type, subject: `workload/${workload}`, message, fields: { container, ...fields } })
  }
}

function describeEnd({ exitCode, oomKilled }: ContainerState): string {
  return oomKilled === true ? 'out of memory' : `exit code ${exitCode ?? 'unknown'}`
}
