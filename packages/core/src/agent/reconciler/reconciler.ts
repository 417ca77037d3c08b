import { Bell, type JournalEvent, type ReplicaItem } from '../../link/index.js'
import { exponentialMs, sleep } from '../../waiting/index.js'
import type { WorkloadStatus } from '../../protocol/index.js'
import type { Clock, ContainerRuntime, ContainerState, Digest, Logger } from '../../spi/index.js'
import { newLife } from '../../system/index.js'
import type { RunRecords } from '../state/run-records.js'
import { isWorkloadKey, readAssignment, type Assignment } from './assignment.js'
import { Observed } from './observed.js'
import type { ReconcilerTimings } from './reconciler-options.js'
import { RuntimeOperations } from './runtime-operations.js'
import { WorkloadActor } from './workload-actor.js'

export interface ReconcilerOptions {
  readonly runtime: ContainerRuntime
  readonly records: RunRecords
  readonly clock: Clock
  readonly digest: Digest
  readonly logger: Logger
  readonly timings: ReconcilerTimings
  readonly rebooted: boolean
  readonly record: (event: JournalEvent) => void
  readonly report: (key: string, status: WorkloadStatus | undefined) => void
  readonly onEffective: (key: string, digest: string) => void
  /** How the workloads stand is known, or why it can't be: once. */
  readonly onSettled: () => void
  /** Everything that is on this board, wanted or not, has been reported: once. */
  readonly onComplete: () => void
  readonly onHealth: () => void
}

/** Keeps what runs at what is wanted: one actor per workload, woken by the runtime's events and by new assignments. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #observed: Observed
  readonly #operations: RuntimeOperations
  readonly #actors = new Map<string, WorkloadActor>()
  readonly #tasks = new Set<Promise<void>>()
  readonly #life = newLife()
  readonly #searchOrphans = new Bell()
  /** False until a set was held: what nobody is known to want is left alone. */
  #setKnown = false
  #settled = false
  #complete = false
  /** Workloads whose assignment can't be understood: what runs of them runs on. */
  #spared: ReadonlySet<string> = new Set()

  constructor(options: ReconcilerOptions) {
    this.#options = options
    const { runtime, clock, logger, timings } = options
    this.#observed = new Observed({
      runtime, clock, logger, reopen: timings.reopen,
      onChange: (workload) => this.#changed(workload),
      onImages: () => this.#retryNow('images'),
      onHealth: (reachable) => this.#health(reachable),
    })
    this.#operations = new RuntimeOperations({ runtime, observed: this.#observed, clock, onHealth: () => options.onHealth() })
  }

  /** Why the runtime can't be watched now; undefined when all is well. */
  get runtimeTrouble(): string | undefined {
    return this.#observed.trouble
  }

  get runtimeKnown(): boolean {
    return this.#observed.known
  }

  containersOf(workload: string): readonly ContainerState[] {
    return this.#observed.of(workload)
  }

  /** The engine was out of reach and is found back. */
  engineIsBack(): void {
    this.#retryNow('engine')
  }

  start(): void {
    this.#own(this.#observed.run(this.#life.signal))
    if (this.#options.runtime.pods !== undefined) this.#own(this.#removeOrphanPods())
  }

  /** Ends every task; containers run on. */
  async stop(): Promise<void> {
    this.#life.abort()
    await Promise.all(this.#tasks)
  }

  /** Takes a held set as what is wanted from now on. */
  assign(items: Iterable<ReplicaItem>): void {
    this.#setKnown = true
    const assignments = new Map<string, Assignment>()
    const unreadable = new Set<string>()
    for (const item of items) {
      if (!isWorkloadKey(item.key)) continue
      const assignment = readAssignment(item)
      if (assignment !== undefined) assignments.set(assignment.wanted.content.name, assignment)
      else unreadable.add(this.#unreadable(item.key))
    }
    for (const [name, assignment] of assignments) this.#actor(name, assignment).assign(assignment)
    for (const [name, actor] of this.#actors) if (!assignments.has(name) && !unreadable.has(name)) actor.assign(undefined)
    this.#spared = unreadable
    this.#adoptOrphans()
    this.#searchOrphans.ring()
  }

  #unreadable(key: string): string {
    this.#options.record({ severity: 'critical', type: 'assignment-unreadable', subject: key, message: 'This agent does not understand the workload; it leaves it as it is.' })
    return key.slice(key.indexOf('/') + 1)
  }

  #changed(workload: string | undefined): void {
    if (workload !== undefined) {
      const actor = this.#actors.get(workload)
      if (actor === undefined) this.#adoptOrphans()
      else actor.wake()
      return
    }
    this.#adoptOrphans()
    for (const actor of this.#actors.values()) {
      if (!this.#complete) actor.publish()
      actor.wake()
    }
    this.#settle()
    if (!this.#complete) this.#options.onComplete()
    this.#complete = true
    this.#searchOrphans.ring()
  }

  #retryNow(because: 'images' | 'engine'): void {
    for (const actor of this.#actors.values()) actor.retryNow(because)
  }

  #health(reachable: boolean): void {
    for (const actor of this.#actors.values()) actor.publish()
    if (reachable) this.#retryNow('engine')
    this.#settle()
    this.#options.onHealth()
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    this.#options.onSettled()
  }

  /** Gives an actor to workloads that are here and that nobody wants: it removes them. */
  #adoptOrphans(): void {
    if (!this.#setKnown) return
    for (const name of this.#observed.workloads()) if (!this.#spared.has(name)) this.#actor(name, undefined)
  }

  /** Pods can be left without containers, which no event tells: looked for whenever everything is looked at anew. */
  async #removeOrphanPods(): Promise<void> {
    const { signal } = this.#life
    for (let failures = 0; !signal.aborted; ) {
      if (failures === 0) await this.#searchOrphans.wait(signal)
      if (!this.#setKnown || !this.#observed.known || signal.aborted) {
        // What makes them known rings.
        failures = 0
        continue
      }
      try {
        for (const name of await this.#operations.podWorkloads(signal)) if (!this.#spared.has(name)) this.#actor(name, undefined)
        failures = 0
      } catch {
        // The runtime's own health tells why.
        await sleep(this.#options.clock, exponentialMs(failures++, this.#options.timings.reopen), signal)
      }
    }
  }

  /** The workload's actor; a new one sets to work with this assignment. */
  #actor(name: string, assignment: Assignment | undefined): WorkloadActor {
    const known = this.#actors.get(name)
    if (known !== undefined) return known
    const { records, clock, digest, timings, rebooted, record, report, onEffective } = this.#options
    const actor = new WorkloadActor(name, {
      operations: this.#operations, observed: this.#observed, records, clock, digest, timings, rebooted, record, report, onEffective,
      onGone: () => this.#actors.delete(name),
    })
    this.#actors.set(name, actor)
    actor.assign(assignment)
    this.#own(actor.run(this.#life.signal))
    return actor
  }

  #own(task: Promise<void>): void {
    const owned = task
      .catch((error: unknown) => this.#options.logger.error({ error: String(error) }, 'a task of the reconciler failed'))
      .finally(() => this.#tasks.delete(owned))
    this.#tasks.add(owned)
  }
}
