import { PiccoloError } from '../../errors/index.js'
import { Bell, linkedAbort, type LinkedAbort } from '../../link/index.js'
import type { WorkloadStatus } from '../../protocol/index.js'
import type { Cancel, ContainerState, Digest } from '../../spi/index.js'
import { workloadKey, type Assignment, type WorkloadVersion } from './assignment.js'
import { Attempts } from './attempts.js'
import { ContainerKeeper, type KeeperParts, type KeeperRound } from './container-keeper.js'
import { planWorkload, type PlannedContainer, type WorkloadPlan } from './workload-plan.js'
import { assignedStatus, orphanStatus, removingStatus } from './workload-status.js'

export interface ActorParts extends KeeperParts {
  readonly digest: Digest
  readonly report: (key: string, status: WorkloadStatus | undefined) => void
  /** A version proved good here. */
  readonly onEffective: (key: string, digest: string) => void
  /** Nothing is wanted of the workload, and nothing is left of it. */
  readonly onGone: () => void
}

/** Grace for containers of a workload that is not known any more. */
const orphanGraceMs = 10_000

/** Brings one workload to what is wanted of it, one round at a time; each round looks at everything anew. */
export class WorkloadActor {
  readonly #name: string
  readonly #parts: ActorParts
  readonly #bell = new Bell()
  /** By spec digest: what is known of a container lasts as long as what it is made from. */
  readonly #keepers = new Map<string, ContainerKeeper>()
  /** Failing to stop or remove. */
  readonly #trouble: Attempts
  #assignment: Assignment | undefined
  #wanted: WorkloadPlan | undefined
  #effective: WorkloadPlan | undefined
  /** The version that is being run. */
  #plan: WorkloadPlan | undefined
  #preparing: LinkedAbort | undefined
  #cancelTimer: Cancel = () => undefined
  #graceMs = orphanGraceMs
  /** The last status while it was wanted: what is told while it goes. */
  #last: WorkloadStatus | undefined

  constructor(name: string, parts: ActorParts) {
    this.#name = name
    this.#parts = parts
    this.#trouble = new Attempts(parts.clock, parts.timings.retry)
  }

  /** Says what is wanted from now on; undefined = nothing, and nothing is to be left. */
  assign(assignment: Assignment | undefined): void {
    if (sameAssignment(assignment, this.#assignment)) return
    this.#assignment = assignment
    this.#wanted = this.#planOf(assignment?.wanted)
    this.#effective = this.#planOf(assignment?.effective)
    this.#plan = undefined
    this.#trouble.clear()
    this.#forgetOldSpecs()
    this.#preparing?.abort()
    this.#bell.ring()
  }

  wake(): void {
    this.#bell.ring()
  }

  /** Something has changed that may have kept it from succeeding: nothing waits for its next attempt any more. */
  retryNow(because: 'images' | 'engine'): void {
    if (because === 'engine') this.#trouble.retryNow()
    for (const keeper of this.#keepers.values()) keeper.retryNow(because)
    this.#bell.ring()
  }

  /** Works until nothing is left to look after, or the signal aborts; containers are left as they are then. */
  async run(signal: AbortSignal): Promise<void> {
    this.publish()
    while (!signal.aborted) {
      const gone = await this.#round(signal)
      if (gone && this.#assignment === undefined) {
        this.#parts.onGone()
        return
      }
      this.#wakeWhenDue()
      await this.#bell.wait(signal)
      this.#cancelTimer()
    }
  }

  /** Tells how the workload stands: from its first moment until it is gone, lest it be taken for gone. */
  publish(): void {
    const { report, observed } = this.#parts
    const key = workloadKey(this.#name)
    const plan = this.#plan ?? this.#effective ?? this.#wanted
    if (this.#assignment === undefined || plan === undefined) {
      report(key, removingStatus(this.#last ?? orphanStatus(this.#name, observed.of(this.#name)), this.#trouble.reason))
      return
    }
    const view = (containers: readonly PlannedContainer[]) => containers.map((planned) => this.#keeper(planned).status(plan.content.restartPolicy))
    const unavailable = observed.known || observed.trouble === undefined ? undefined : `RuntimeUnavailable: ${observed.trouble}`
    const reason = unavailable ?? this.#trouble.reason ?? this.#reasonToWait(plan)
    this.#last = assignedStatus(this.#assignment, { digest: plan.digest, init: view(plan.init), main: view(plan.main), reason })
    report(key, this.#last)
  }

  /** Answers whether nothing of the workload is left. */
  async #round(signal: AbortSignal): Promise<boolean> {
    if (!this.#parts.observed.known || this.#trouble.waitMs > 0) return false
    using preparing = linkedAbort(signal)
    this.#preparing = preparing
    let gone = false
    try {
      if (this.#wanted === undefined) gone = await this.#removeAll(signal)
      else await this.#settle(this.#wanted, signal, preparing.signal)
      this.#trouble.clear()
    } catch (error) {
      if (!signal.aborted) this.#stuck(PiccoloError.from(error).message)
    }
    if (!signal.aborted && !gone) this.publish()
    return gone
  }

  async #settle(wanted: WorkloadPlan, signal: AbortSignal, preparing: AbortSignal): Promise<void> {
    for (const planned of containersOf(this.#plan ?? this.#effective ?? wanted)) this.#keeper(planned).look(wanted.content.restartPolicy)
    this.publish()
    const ready = await this.#isPrepared(wanted, { policy: wanted.content.restartPolicy, pod: this.#podOf(wanted, signal), signal, preparing })
    // What is wanted may have changed while the image came.
    if (wanted !== this.#wanted) return
    const plan = ready ? wanted : this.#effective
    if (plan === undefined) return
    await this.#removeStale(plan, signal)
    this.#plan = plan
    this.#graceMs = plan.content.terminationGraceMs
    const round = { policy: plan.content.restartPolicy, pod: this.#podOf(plan, signal), signal, preparing }
    for (const planned of containersOf(plan)) this.#keeper(planned).look(round.policy)
    if (!(await this.#initialise(plan, round))) return
    await Promise.all(plan.main.map((planned) => this.#ensure(planned, round)))
    if (plan === wanted && this.#isGood(plan)) this.#parts.onEffective(workloadKey(this.#name), plan.digest)
  }

  /** Whether the wanted version may take over: what it needs is here before anything that runs is stopped. */
  async #isPrepared(wanted: WorkloadPlan, round: KeeperRound): Promise<boolean> {
    if (this.#stale(wanted).length === 0) return true
    for (const planned of containersOf(wanted)) {
      if (!(await this.#keeper(planned).prepare(round))) return false
    }
    return true
  }

  async #removeStale(plan: WorkloadPlan, signal: AbortSignal): Promise<void> {
    const { operations } = this.#parts
    const stale = this.#stale(plan)
    await Promise.all(stale.map((state) => operations.stopAndRemove(state, this.#graceMs, signal)))
    if (plan.pod === undefined && stale.some(({ podId }) => podId !== undefined)) await operations.removePods(this.#name, signal)
  }

  /** Runs the init containers one after the other; answers whether the others may start. */
  async #initialise(plan: WorkloadPlan, round: KeeperRound): Promise<boolean> {
    if (plan.main.some((planned) => this.#keeper(planned).hasBegun(round.policy))) return true
    for (const planned of plan.init) {
      if (this.#keeper(planned).succeeded) continue
      await this.#ensure(planned, round)
      return false
    }
    return true
  }

  async #ensure(planned: PlannedContainer, round: KeeperRound): Promise<void> {
    await this.#keeper(planned).ensure(round)
    if (!round.signal.aborted) this.publish()
  }

  async #removeAll(signal: AbortSignal): Promise<boolean> {
    const { operations, observed, report, record, records } = this.#parts
    const left = observed.of(this.#name)
    this.publish()
    await Promise.all(left.map((state) => operations.stopAndRemove(state, this.#graceMs, signal)))
    await operations.removePods(this.#name, signal)
    if (this.#assignment !== undefined || observed.of(this.#name).length > 0) return false
    records.retain(this.#name, new Set())
    report(workloadKey(this.#name), undefined)
    if (left.length > 0) record({ severity: 'info', type: 'workload-removed', subject: workloadKey(this.#name), message: 'The workload was stopped and removed.' })
    return true
  }

  #stuck(message: string): void {
    const first = this.#trouble.failures === 0
    this.#trouble.failed(`RemoveFailed: ${message}`)
    if (first) this.#parts.record({ severity: 'warning', type: 'workload-stuck', subject: workloadKey(this.#name), message })
  }

  #stale(plan: WorkloadPlan): readonly ContainerState[] {
    const planned = new Set(containersOf(plan).map(({ spec }) => spec.specDigest))
    return this.#parts.observed.of(this.#name).filter(({ specDigest }) => !planned.has(specDigest))
  }

  /** The pod is asked for only when a container has to be made, and once a round. */
  #podOf({ pod }: WorkloadPlan, signal: AbortSignal): () => Promise<string | undefined> {
    let id: Promise<string | undefined> | undefined
    return () => (id ??= pod === undefined ? Promise.resolve(undefined) : this.#parts.operations.ensurePod(pod, signal))
  }

  #isGood({ main, content }: WorkloadPlan): boolean {
    return main.every((planned) => {
      const keeper = this.#keeper(planned)
      return keeper.state?.phase === 'running' || (keeper.isFinished(content.restartPolicy) && keeper.succeeded)
    })
  }

  /** While another version runs: what keeps the wanted one from taking over. */
  #reasonToWait(plan: WorkloadPlan): string | undefined {
    if (this.#wanted === undefined || plan === this.#wanted) return undefined
    return containersOf(this.#wanted).map((planned) => this.#keeper(planned).reason).find((reason) => reason !== undefined)
  }

  #keeper(planned: PlannedContainer): ContainerKeeper {
    const known = this.#keepers.get(planned.spec.specDigest)
    if (known !== undefined) return known
    const keeper = new ContainerKeeper(planned, this.#parts)
    this.#keepers.set(planned.spec.specDigest, keeper)
    return keeper
  }

  #planOf(version: WorkloadVersion | undefined): WorkloadPlan | undefined {
    return version && planWorkload(version, { digest: this.#parts.digest, pods: this.#parts.operations.supportsPods })
  }

  #forgetOldSpecs(): void {
    const plans = [this.#wanted, this.#effective].filter((plan) => plan !== undefined)
    const current = new Set(plans.flatMap((plan) => containersOf(plan).map(({ spec }) => spec.specDigest)))
    for (const digest of this.#keepers.keys()) if (!current.has(digest)) this.#keepers.delete(digest)
    if (plans.length > 0) this.#parts.records.retain(this.#name, current)
  }

  #wakeWhenDue(): void {
    const waits = [this.#trouble.waitMs, ...[...this.#keepers.values()].map((keeper) => keeper.waitMs ?? 0)].filter((ms) => ms > 0)
    if (waits.length > 0) this.#cancelTimer = this.#parts.clock.schedule(Math.min(...waits), () => this.#bell.ring())
  }
}

function containersOf(plan: WorkloadPlan): readonly PlannedContainer[] {
  return [...plan.init, ...plan.main]
}

function sameAssignment(a: Assignment | undefined, b: Assignment | undefined): boolean {
  const same = (one: WorkloadVersion | undefined, other: WorkloadVersion | undefined): boolean => one?.digest === other?.digest && one?.epoch === other?.epoch
  return same(a?.wanted, b?.wanted) && same(a?.effective, b?.effective)
}
