import type { Clock, ContainerState } from '../../spi/index.js'
import type { RunMark, RunOutcome, RunRecord, RunRecords } from '../state/run-records.js'
import { isDead, unknownExitCode } from './restart-policy.js'
import type { PlannedContainer } from './workload-plan.js'

export interface RunHistoryParts {
  readonly records: RunRecords
  readonly clock: Clock
  /** The machine booted since the agent last ran: an end that nobody saw is an interruption. */
  readonly rebooted: boolean
}

/** What an end means. */
export interface RunEnd {
  readonly dead: boolean
  readonly interrupted: boolean
}

/** Times of one end, as different sources of the runtime tell them, may differ by so much. */
const sameEndMs = 1_000

/** The runs of one container's spec: how often, since when, how they ended; carried on from the agent's earlier lives. */
export class RunHistory {
  readonly #planned: PlannedContainer
  readonly #parts: RunHistoryParts
  #restarts: number
  #adopted = false
  /** Since when it runs, on the monotonic clock, if this life of the agent saw it run. */
  #sinceMs: number | undefined
  /** What its present end means; undefined while it has not ended or nobody looked. */
  #end: RunEnd | undefined
  /** The end of the last run is on record. */
  #endNoted = false

  constructor(planned: PlannedContainer, parts: RunHistoryParts) {
    this.#planned = planned
    this.#parts = parts
    this.#restarts = this.#record?.restarts ?? 0
  }

  get restarts(): number {
    return this.#restarts
  }

  get end(): RunEnd | undefined {
    return this.#end
  }

  /** How it ended for good, in whatever life of the agent that was. */
  get outcome(): RunOutcome | undefined {
    return this.#record?.outcome
  }

  /** How long its last run is or was; undefined if this life of the agent did not see it run. */
  get ranMs(): number | undefined {
    return this.#sinceMs === undefined ? undefined : this.#parts.clock.monotonicMs() - this.#sinceMs
  }

  /** Once, when it is known what is here: a run that began after what is on record counts as well. */
  adopt(state: ContainerState | undefined): void {
    if (this.#adopted) return
    this.#adopted = true
    const told = this.#record?.told
    if (told === undefined) return
    this.#endNoted = state === undefined || state.phase === 'created' || isEndOf(told, state)
    if (!this.#endNoted) this.#restarts += 1
  }

  /** Answers whether that is news. */
  sawRunning({ startedAtMs }: ContainerState): boolean {
    if (this.#sinceMs !== undefined && this.#end === undefined) return false
    const { clock } = this.#parts
    const ageMs = startedAtMs === undefined ? 0 : Math.max(0, clock.wallMs() - startedAtMs)
    this.#sinceMs = clock.monotonicMs() - ageMs
    if (this.#end !== undefined) this.#restarts += 1
    this.#end = undefined
    this.#endNoted = false
    return true
  }

  /** Takes note of an end, and has it told unless it was told before; answers whether it is to run again. */
  sawEnd(state: ContainerState, { repeats, tell }: { readonly repeats: (end: RunEnd) => boolean; readonly tell: (end: RunEnd) => void }): boolean {
    const { records, rebooted } = this.#parts
    const { role, spec: { workload, container } } = this.#planned
    const end = { dead: isDead(state), interrupted: this.#sinceMs === undefined && rebooted }
    this.#end = end
    const record = this.#record
    const again = repeats(end)
    const isFiled = record?.outcome !== undefined || (record?.told !== undefined && isEndOf(record.told, state))
    if (!isFiled && !end.interrupted && !records.wasHeard(`workload/${workload}`, container, state.startedAtMs)) tell(end)
    const outcome = record?.outcome ?? (again || role !== 'main' ? undefined : this.#outcomeOf(state))
    if ((!isFiled && !end.interrupted) || outcome !== record?.outcome) this.#note({ restarts: this.#restarts, told: markOf(state), ...(outcome && { outcome }) })
    this.#endNoted = !end.interrupted || outcome !== undefined
    return again
  }

  /** Starts it; answers whether it had run before. How it ended before does not count any more. */
  async start(start: () => Promise<void>): Promise<boolean> {
    const before = this.#end
    const known = this.#record
    // Removed while it ran, it may have left no end to see.
    const again = before !== undefined || this.#sinceMs !== undefined || known !== undefined
    if (known?.outcome !== undefined) this.#note(withoutOutcome(known))
    this.#end = undefined
    try {
      await start()
    } catch (error) {
      this.#end = before
      throw error
    }
    this.#sinceMs = this.#parts.clock.monotonicMs()
    if (again) this.#restarts += 1
    if (again && !this.#endNoted) this.#note({ restarts: this.#restarts })
    this.#endNoted = false
    return again
  }

  #outcomeOf({ exitCode, oomKilled, exitedAtMs }: ContainerState): RunOutcome {
    return { exitCode: exitCode ?? unknownExitCode, oomKilled: oomKilled === true, atMs: Math.round(exitedAtMs ?? this.#parts.clock.wallMs()) }
  }

  get #record(): RunRecord | undefined {
    const { workload, specDigest } = this.#planned.spec
    return this.#parts.records.get(workload, specDigest)
  }

  #note(record: RunRecord): void {
    const { workload, specDigest } = this.#planned.spec
    this.#parts.records.note(workload, specDigest, record)
  }
}

function withoutOutcome({ outcome: _, ...record }: RunRecord): RunRecord {
  return record
}

function markOf({ id, startedAtMs, exitedAtMs }: ContainerState): RunMark {
  return {
    id,
    ...(startedAtMs === undefined ? {} : { startedAtMs: Math.round(startedAtMs) }),
    ...(exitedAtMs === undefined ? {} : { exitedAtMs: Math.round(exitedAtMs) }),
  }
}

/** Whether this is the state of that very run, ended. */
function isEndOf(mark: RunMark, state: ContainerState): boolean {
  if (state.phase !== 'exited' || state.id !== mark.id) return false
  if (mark.startedAtMs !== undefined && state.startedAtMs !== undefined) return mark.startedAtMs === Math.round(state.startedAtMs)
  if (mark.exitedAtMs !== undefined && state.exitedAtMs !== undefined) return Math.abs(mark.exitedAtMs - state.exitedAtMs) < sameEndMs
  return true
}
