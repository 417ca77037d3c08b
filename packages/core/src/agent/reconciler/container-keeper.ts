import { PiccoloError } from '../../errors/index.js'
import type { JournalEvent } from '../../link/index.js'
import type { ContainerStatus, WorkloadContent } from '../../protocol/index.js'
import type { ContainerState } from '../../spi/index.js'
import { endEvent } from '../state/run-records.js'
import { Attempts } from './attempts.js'
import { ContainerMaker, type Making, type Progress, type Step } from './container-maker.js'
import { containerStatus } from './container-status.js'
import type { Observed } from './observed.js'
import type { ReconcilerTimings } from './reconciler-options.js'
import { isDead, isLost, runsAgain, unknownExitCode } from './restart-policy.js'
import { RunHistory, type RunHistoryParts } from './run-history.js'
import type { RuntimeOperations } from './runtime-operations.js'
import type { PlannedContainer } from './workload-plan.js'

export interface KeeperParts extends RunHistoryParts {
  readonly operations: RuntimeOperations
  readonly observed: Observed
  readonly timings: ReconcilerTimings
  readonly record: (event: JournalEvent) => void
}

/** One round's view of the workload around a container. */
export interface KeeperRound extends Making {
  readonly policy: WorkloadContent['restartPolicy']
}

/** A container that does not start is made anew after this many attempts. */
const startsBeforeRemake = 2

/** Keeps one container, of one spec, in the state its restart policy asks for. */
export class ContainerKeeper {
  readonly #planned: PlannedContainer
  readonly #parts: KeeperParts
  readonly #maker: ContainerMaker
  readonly #history: RunHistory
  /** Failing to find the image, create or start. */
  readonly #trouble: Attempts
  #troubleStep: Step | undefined
  /** Images came since the last attempt began. */
  #imagesCame = false
  /** Ending though it should run. */
  readonly #crashes: Attempts

  constructor(planned: PlannedContainer, parts: KeeperParts) {
    this.#planned = planned
    this.#parts = parts
    this.#maker = new ContainerMaker(planned, parts.operations)
    this.#history = new RunHistory(planned, parts)
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
    const { outcome, end } = this.#history
    const known = outcome === undefined ? end : { dead: isDead(outcome), interrupted: false }
    return known !== undefined && this.state?.phase !== 'running' && !runsAgain(policy, { role: this.#planned.role, ...known })
  }

  /** Ended well. */
  get succeeded(): boolean {
    const { end } = this.#history
    return end !== undefined && !end.dead && !end.interrupted
  }

  /** Whether it has run since the machine booted, as far as can be known. */
  hasBegun(policy: WorkloadContent['restartPolicy']): boolean {
    const { state } = this
    const ran = state !== undefined && state.phase !== 'created' && (this.#history.ranMs !== undefined || !this.#parts.rebooted)
    return ran || this.isFinished(policy)
  }

  status(policy: WorkloadContent['restartPolicy']): ContainerStatus {
    const { outcome, restarts } = this.#history
    const waiting = this.#trouble.reason === undefined ? this.#crashes : this.#trouble
    return containerStatus({ planned: this.#planned, state: this.state, outcome: this.isFinished(policy) ? outcome : undefined, waiting, restarts })
  }

  /** Something that may have kept it from running has changed: what failed is tried again without waiting; for an image, if it is here now. */
  retryNow(because: 'images' | 'engine'): void {
    if (because === 'engine') this.#trouble.retryNow()
    else this.#imagesCame = true
  }

  /** Takes note of what happened since the last look. */
  look(policy: WorkloadContent['restartPolicy']): void {
    const { state } = this
    this.#history.adopt(state)
    if (state?.phase === 'running' && this.#history.sawRunning(state)) this.#crashes.begun()
    if (state?.phase === 'exited' && this.#history.end === undefined) this.#sawEnd(state, policy)
    // Somebody removed it: that is no crash, and whoever does it again and again still gets it back at once.
    if (state === undefined && this.#crashes.waitMs > 0) this.#crashes.hurry()
  }

  /** Fetches the image ahead of time; answers whether it is here. */
  async prepare({ signal, preparing }: KeeperRound): Promise<boolean> {
    if (this.#maker.imageReady || this.state !== undefined) return true
    if (await this.#mustWait(signal)) return false
    try {
      await this.#maker.fetch(false, preparing)
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
    if (this.#crashes.waitMs > 0 || this.isFinished(round.policy) || (await this.#mustWait(round.signal))) return
    const progress: Progress = { step: 'CreateFailed' }
    try {
      const made = await this.#made(state, round, progress)
      progress.step = 'StartFailed'
      if (made !== undefined) await this.#start(made, round.signal)
    } catch (error) {
      const { step } = progress
      if (round.signal.aborted || (step === 'ImageUnavailable' && round.preparing.aborted)) return
      this.#failed(step, error)
      if (step === 'StartFailed' && this.#trouble.failures % startsBeforeRemake === 0) await this.#unmake(round.signal)
    }
  }

  /** Whether the next attempt is not due. An image that came cuts that short if it is ours; to pull it once more is no reason. */
  async #mustWait(signal: AbortSignal): Promise<boolean> {
    const imagesCame = this.#imagesCame
    this.#imagesCame = false
    if (this.#trouble.waitMs === 0) return false
    if (!imagesCame || this.#troubleStep !== 'ImageUnavailable') return true
    return !(await this.#parts.operations.hasImage(this.#planned, signal).catch(() => false))
  }

  #made(state: ContainerState | undefined, round: KeeperRound, progress: Progress): Promise<ContainerState | undefined> {
    if (state === undefined) return this.#maker.make(round, progress)
    return isLost(state) ? this.#maker.makeAnew(state, round, progress) : Promise.resolve(state)
  }

  async #start(state: ContainerState, signal: AbortSignal): Promise<void> {
    const again = await this.#history.start(() => this.#parts.operations.start(state, signal))
    this.#trouble.clear()
    this.#crashes.begun()
    this.#note('info', again ? 'container-restarted' : 'container-started', again ? 'The container was started again.' : 'The container was started.')
  }

  async #unmake(signal: AbortSignal): Promise<void> {
    const { state } = this
    if (state !== undefined) await this.#parts.operations.stopAndRemove(state, 0, signal).catch(() => undefined)
  }

  #sawEnd(state: ContainerState, policy: WorkloadContent['restartPolicy']): void {
    const how = describeEnd(state)
    const again = this.#history.sawEnd(state, {
      repeats: (end) => runsAgain(policy, { role: this.#planned.role, ...end }),
      tell: ({ dead }) => {
        const began = state.startedAtMs === undefined ? {} : { startedAtMs: Math.round(state.startedAtMs) }
        this.#note(dead ? 'warning' : 'info', endEvent, `The container ended: ${how}.`, { exitCode: state.exitCode ?? unknownExitCode, ...began })
      },
    })
    const { ranMs } = this.#history
    if (!again || ranMs === undefined) return
    if (ranMs >= this.#parts.timings.stableMs) this.#crashes.clear()
    this.#crashes.failed(`${this.#crashes.failures === 0 ? 'Restarting' : 'CrashLoopBackOff'}: ${how}`)
  }

  #failed(step: Step, error: unknown): void {
    const { message } = PiccoloError.from(error)
    const first = this.#trouble.failures === 0
    this.#trouble.failed(`${step}: ${message}`)
    this.#troubleStep = step
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
