import { Addresses, Journal, MasterLink, Replica, SignalLane, StatusLane, TrustedTime, type LinkState, type ReplicaSet } from '../link/index.js'
import { timingProfiles, type Hello, type PublishedSignal, type SystemFacts } from '../protocol/index.js'
import type { Clock, ContainerRuntime, Digest, Disk, EnrolledIdentity, Logger, NodeCredentials, Random, ResourceProbe, Transport } from '../spi/index.js'
import { newLife } from '../system/index.js'
import type { AgentHealth } from './agent-health.js'
import type { AgentMemory } from './agent-memory.js'
import type { AgentOptions } from './agent-options.js'
import { TaskSet } from './task-set.js'
import { stopWorkloads } from './stop-workloads.js'
import { Lease } from './lease.js'
import { helloOf } from './hello-of.js'
import { commandRunner } from './commands/command-runner.js'
import { boardChecks } from './readiness/board-checks.js'
import { ReadinessBoard } from './readiness/readiness-board.js'
import { RuntimeHealthMemo } from './readiness/runtime-health.js'
import { serviceChecks } from './readiness/service-checks.js'
import { Reconciler } from './reconciler/reconciler.js'
import type { StateLock } from './state/state-lock.js'
import { defaultReconcilerTimings } from './reconciler/reconciler-options.js'

/** The world an agent lives in, and what it remembers. */
export interface NodeAgentParts {
  readonly options: AgentOptions
  readonly clock: Clock
  readonly random: Random
  readonly digest: Digest
  readonly logger: Logger
  readonly disk: Disk
  readonly lock: StateLock
  readonly probe: ResourceProbe
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly facts: SystemFacts
  readonly memory: AgentMemory
}

const journalBounds = { maxEntries: 5_000, maxBytes: 2 * 1024 * 1024 }

/** One life of an agent: keeps the node's workloads as it knows them, and talks to the master when there is one. */
export class NodeAgent {
  readonly #parts: NodeAgentParts
  readonly #life = newLife()
  readonly #tasks: TaskSet
  readonly #signals: SignalLane
  readonly #journal: Journal
  readonly #lane: StatusLane
  readonly #replica: Replica
  readonly #link: MasterLink
  readonly #readiness: ReadinessBoard
  readonly #runtimeHealth = new RuntimeHealthMemo(() => this.#reconciler?.engineIsBack())
  readonly #trustedTime: TrustedTime
  #identity: EnrolledIdentity | undefined
  #runtime: ContainerRuntime | undefined
  #reconciler: Reconciler | undefined
  readonly #lease: Lease
  #held: string | undefined
  #stateTrouble: string | undefined
  #stopped: Promise<void> | undefined

  constructor(parts: NodeAgentParts) {
    this.#parts = parts
    const { clock, digest, memory, options } = parts
    const incarnation = memory.incarnation.number
    this.#stateTrouble = memory.problems.length === 0 ? undefined : memory.problems.join(' ')
    this.#trustedTime = new TrustedTime(clock, memory.time)
    const wake = (): void => this.#link.wake()
    this.#tasks = new TaskSet(parts.logger)
    this.#lease = new Lease(clock)
    this.#signals = new SignalLane(wake)
    this.#journal = new Journal({ storage: memory.journal, clock, now: () => this.#trustedTime.nowMs(), incarnation, earlier: memory.earlier, bounds: { ...journalBounds, ...options.journal }, onRecorded: wake })
    memory.records.writeBehind(() => this.#journal.flush())
    this.#lane = new StatusLane({ incarnation, onChange: wake })
    this.#replica = new Replica({ storage: memory.localState, digest, initial: memory.loaded.set, onHeld: (set) => this.#onHeld(set) })
    this.#readiness = this.#makeReadiness()
    this.#link = this.#makeLink()
  }

  get nodeId(): string | undefined {
    return this.#identity?.nodeId
  }

  /** Sets everything going; the workloads of a node that enrolled earlier first, whatever the network does. */
  start(): void {
    const { memory, credentials } = this.#parts
    for (const message of memory.problems) this.#journal.record({ severity: 'critical', type: 'state-damaged', subject: 'node', message })
    if (credentials.enrolled !== undefined) this.#begin(credentials.enrolled)
    this.#tasks.own(this.#link.run(this.#life.signal))
    this.#tasks.own(this.#readiness.run(this.#life.signal))
  }

  publishSignals(signals: readonly PublishedSignal[]): void {
    this.#signals.publish(signals)
  }

  health(): AgentHealth {
    return {
      nodeId: this.nodeId,
      link: this.#link.state,
      leaseMs: this.#lease.leftMs(this.#link.timings.stopAfterMs),
      readiness: this.#readiness.current,
      held: this.#replica.set.version,
      workloads: this.#lane.statuses(),
      unacknowledgedEvents: this.#journal.unacknowledged,
      incarnation: this.#parts.memory.incarnation.number,
    }
  }

  /** Ends the agent in order; its containers run on. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  async #stop(): Promise<void> {
    const { transport, credentials, memory, lock } = this.#parts
    try {
      await this.#link.bye('The agent stops.', this.#life.signal)
      this.#life.abort()
      await Promise.all([this.#tasks.ended(), this.#reconciler?.stop()])
      await Promise.all([this.#trustedTime.keep(), this.#journal.close(), memory.records.flush(), memory.localState.idle()])
      await Promise.allSettled([transport.close(), this.#runtime?.close(), credentials.close()])
    } finally {
      lock.release()
    }
  }

  /** The node has a name: now its containers can be told from others'. */
  #begin(identity: EnrolledIdentity): void {
    this.#identity = identity
    const { options, clock, random, digest, logger, memory } = this.#parts
    if (this.#identityTrouble() !== undefined) {
      logger.warn({ nodeId: identity.nodeId, configured: options.nodeId }, 'this node has joined under another id than the configured one, and keeps it')
    }
    const runtime = options.runtime({ clock, random, logger, scope: { cluster: identity.cluster, node: identity.nodeId } })
    this.#runtime = runtime
    this.#runtimeHealth.use(runtime)
    this.#reconciler = new Reconciler({
      runtime, records: memory.records, clock, digest, logger,
      timings: { ...defaultReconcilerTimings, ...options.reconciler },
      rebooted: memory.incarnation.rebooted,
      record: (event) => this.#journal.record(event),
      report: (key, status) => this.#lane.set(key, status),
      onEffective: (key, version) => this.#tasks.own(this.#replica.becameEffective(key, version).then((trouble) => trouble && logger.warn({ key, reason: trouble.message }, 'that a version proved good could not be stored yet'))),
      onSettled: () => {
        this.#lane.settle()
        this.#readiness.recheck()
      },
      onComplete: () => this.#lane.complete(),
      onHealth: () => {
        this.#runtimeHealth.doubt()
        this.#readiness.recheck()
      },
    })
    const { set } = this.#replica
    if (set.version !== undefined || set.items.size > 0) this.#reconciler.assign(set.items.values())
    this.#reconciler.start()
  }

  #identityTrouble(): string | undefined {
    const { nodeId: configured } = this.#parts.options
    if (configured === undefined || this.nodeId === undefined || configured === this.nodeId) return undefined
    return `This node has joined as "${this.nodeId}" and keeps that id, although nodeId says "${configured}". Mend nodeId; or, to join anew as "${configured}", remove "${this.nodeId}" on the master, move the agent's state directory away and start it with a new token.`
  }

  #onHeld(set: ReplicaSet): void {
    this.#reconciler?.assign(set.items.values())
    if (this.#stateTrouble === undefined) return
    this.#stateTrouble = undefined
    this.#readiness.recheck()
  }

  #onLinkState(state: LinkState): void {
    this.#readiness.recheck()
    if (state.phase === 'connected') this.#held = undefined
    if (state.phase !== 'held' || state.reason === this.#held) return
    this.#held = state.reason
    this.#parts.logger.error({ reason: state.reason }, 'the node is on hold')
    this.#journal.record({ severity: 'critical', type: 'node-held', subject: 'node', message: state.reason })
  }

  #makeReadiness(): ReadinessBoard {
    const { clock, disk, lock, probe, options } = this.#parts
    return new ReadinessBoard({
      clock,
      checks: [
        ...boardChecks({ probe, disk }),
        ...serviceChecks({
          runtimeHealth: () => this.#runtimeHealth.get(this.#life.signal),
          runtimeTrouble: () => this.#reconciler?.runtimeTrouble,
          link: () => this.#link.state,
          wallAheadMs: () => this.#trustedTime.wallAheadMs(),
          stateTrouble: () => this.#stateTrouble ?? this.#journal.trouble ?? lock.problem,
          identityTrouble: () => this.#identityTrouble(),
        }),
        ...(options.readiness ?? []),
      ],
      onChange: () => this.#link.wake(),
    })
  }

  #makeLink(): MasterLink {
    const { options, transport, credentials, clock, random, logger, facts } = this.#parts
    const wantedNodeId = options.nodeId === undefined ? {} : { wantedNodeId: options.nodeId }
    return new MasterLink({
      addresses: new Addresses(options.master, { clock, logger }), transport, credentials, clock, random, logger,
      trustedTime: this.#trustedTime,
      timings: { ...timingProfiles[options.profile ?? 'default'], ...options.timings },
      enrolment: () => ({ facts, ...wantedNodeId }),
      session: {
        replica: this.#replica, journal: this.#journal, lane: this.#lane, signals: this.#signals,
        hello: () => this.#hello(),
        readiness: () => this.#readiness.told,
        commands: (outbox) => commandRunner({
          clock,
          logs: () => this.#runtime?.logs,
          containersOf: (workload) => this.#reconciler?.containersOf(workload) ?? [],
          own: (task) => this.#tasks.own(task),
        }, outbox),
        onLease: (sentAtBootMs) => this.#lease.renew(sentAtBootMs),
      },
      // Another enrolment is a person's word that this node may follow another cluster. Before it, so that a power cut never leaves the new identity with the old bond.
      onJoining: () => this.#replica.unbind(),
      onIdentity: (identity) => {
        if (this.#reconciler === undefined) this.#begin(identity)
        return Promise.resolve()
      },
      onState: (state) => this.#onLinkState(state),
      onStopped: (clusterEpoch, reason) => this.#tasks.own(stopWorkloads({ clusterEpoch, reason }, { replica: this.#replica, journal: this.#journal, logger })),
      own: (task) => this.#tasks.own(task),
    })
  }

  #hello(): Hello {
    const { facts, memory, options } = this.#parts
    return helloOf({
      nodeId: this.nodeId ?? '',
      facts,
      incarnation: memory.incarnation,
      set: this.#replica.set,
      journal: this.#journal.outline(),
      fencing: options.fencing ?? 'none',
      runtime: this.#runtime,
      health: this.#runtimeHealth.last,
    })
  }
}
