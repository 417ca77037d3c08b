import { SerialQueue } from '../../link/index.js'
import type { JournalEntry } from '../../protocol/index.js'
import type { Digest, Disk, Logger } from '../../spi/index.js'
import { asCount, asRecord, asText, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

/** How a run ended that its restart policy does not repeat. */
export interface RunOutcome {
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number
}

/** One run of a container, told from its other runs by when it began, or else by when it ended. */
export interface RunMark {
  readonly id: string
  readonly startedAtMs?: number
  readonly exitedAtMs?: number
}

/** What is remembered of the runs of one container's spec. */
export interface RunRecord {
  /** How often it had been started again when this was noted. */
  readonly restarts: number
  /** The run whose end was noted here. Absent: what was noted is the start of another run. */
  readonly told?: RunMark
  /** Present once a run has ended for good. */
  readonly outcome?: RunOutcome
}

/** The event of an end, by which {@link RunRecords} knows that it was told. */
export const endEvent = 'container-exited'

const path = 'outcomes'
const format = 1
const uncut = new AbortController().signal

/**
 * Remembers runs across restarts of the agent and boots, so that what ran to its end does not run again, no end is told twice and
 * restarts are counted on. Keyed by workload, then by container's spec digest; bounded by what the node is to run.
 */
export class RunRecords {
  readonly #disk: Disk
  readonly #digest: Digest
  readonly #logger: Logger
  readonly #queue = new SerialQueue()
  readonly #records = new Map<string, Map<string, RunRecord>>()
  /** `<subject> <container>` → beginning of the last run whose end the journal has. */
  readonly #heard = new Map<string, number>()
  #before: () => Promise<void> = () => Promise.resolve()
  #isDue = false
  #failing = false

  constructor(parts: { readonly disk: Disk; readonly digest: Digest; readonly logger: Logger }) {
    this.#disk = parts.disk
    this.#digest = parts.digest
    this.#logger = parts.logger
  }

  /** A damaged file is forgotten: a run too many is better than a node that does not boot. */
  async load(signal: AbortSignal): Promise<void> {
    try {
      const bytes = await this.#disk.read(path, signal)
      if (bytes === undefined) return
      const body = asRecord(decodeChecked(bytes, this.#digest))
      checkFormat(body, format)
      this.#read(body['runs'], asRun)
      this.#read(body['workloads'], (outcome, before) => ({ restarts: 0, ...before, outcome: asOutcome(outcome) }))
    } catch (error) {
      this.#records.clear()
      this.#logger.warn({ path, error: String(error) }, 'earlier runs could not be read')
    }
  }

  /** Takes the ends in these entries of the journal for told, even if the agent died before it noted them here. */
  hear(entries: readonly JournalEntry[]): void {
    for (const { type, subject, fields } of entries) {
      const { container, startedAtMs } = fields
      if (type === endEvent && typeof container === 'string' && typeof startedAtMs === 'number') this.#heard.set(`${subject} ${container}`, startedAtMs)
    }
  }

  wasHeard(subject: string, container: string, startedAtMs: number | undefined): boolean {
    return startedAtMs !== undefined && this.#heard.get(`${subject} ${container}`) === Math.round(startedAtMs)
  }

  /** Nothing is written before this has resolved: an end that counts as told must have been told. */
  writeBehind(before: () => Promise<void>): void {
    this.#before = before
  }

  get(workload: string, specDigest: string): RunRecord | undefined {
    return this.#records.get(workload)?.get(specDigest)
  }

  note(workload: string, specDigest: string, record: RunRecord): void {
    const runs = this.#records.get(workload) ?? new Map<string, RunRecord>()
    this.#records.set(workload, runs.set(specDigest, record))
    this.#save()
  }

  /** Keeps the records of these specs only; none: forgets the workload. */
  retain(workload: string, specDigests: ReadonlySet<string>): void {
    const runs = this.#records.get(workload)
    if (runs === undefined) return
    const kept = [...runs].filter(([spec]) => specDigests.has(spec))
    if (kept.length === runs.size) return
    if (kept.length === 0) this.#records.delete(workload)
    else this.#records.set(workload, new Map(kept))
    this.#save()
  }

  async flush(): Promise<void> {
    await this.#queue.idle()
  }

  #read(section: unknown, decode: (value: unknown, before: RunRecord | undefined) => RunRecord): void {
    for (const [workload, runs] of Object.entries(asRecord(section ?? {}))) {
      const records = this.#records.get(workload) ?? new Map<string, RunRecord>()
      for (const [spec, run] of Object.entries(asRecord(runs))) records.set(spec, decode(run, records.get(spec)))
      this.#records.set(workload, records)
    }
  }

  /** One write for all that is noted until it begins. */
  #save(): void {
    if (this.#isDue) return
    this.#isDue = true
    void this.#queue.run(async () => {
      await this.#before()
      this.#isDue = false
      try {
        await this.#disk.replace(path, encodeChecked({ format, ...this.#sections() }, this.#digest), uncut)
        this.#failing = false
      } catch (error) {
        if (!this.#failing) this.#logger.warn({ path, error: String(error) }, 'runs could not be noted')
        this.#failing = true
      }
    })
  }

  /** Outcomes stand apart, where the release before looks for them. */
  #sections(): { readonly workloads: object; readonly runs: object } {
    const section = (pick: (record: RunRecord) => object | undefined): object => Object.fromEntries([...this.#records].flatMap(([workload, runs]) => {
      const picked = [...runs].flatMap(([spec, record]) => {
        const value = pick(record)
        return value === undefined ? [] : [[spec, value] as const]
      })
      return picked.length === 0 ? [] : [[workload, Object.fromEntries(picked)] as const]
    }))
    return { workloads: section(({ outcome }) => outcome), runs: section(({ outcome: _, ...run }) => run) }
  }
}

function asRun(value: unknown): RunRecord {
  const { restarts, told } = asRecord(value)
  return { restarts: asCount(restarts), ...(told === undefined ? {} : { told: asMark(told) }) }
}

function asMark(value: unknown): RunMark {
  const { id, startedAtMs, exitedAtMs } = asRecord(value)
  return {
    id: asText(id),
    ...(startedAtMs === undefined ? {} : { startedAtMs: asCount(startedAtMs) }),
    ...(exitedAtMs === undefined ? {} : { exitedAtMs: asCount(exitedAtMs) }),
  }
}

function asOutcome(value: unknown): RunOutcome {
  const { exitCode, oomKilled, atMs } = asRecord(value)
  return { exitCode: asCount(exitCode), oomKilled: oomKilled === true, atMs: asCount(atMs) }
}
