import { SerialQueue } from '../../link/index.js'
import type { Digest, Disk, Logger } from '../../spi/index.js'
import { asCount, asRecord, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

/** How a run ended that its restart policy does not repeat. */
export interface RunOutcome {
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number
}

const path = 'outcomes'
const format = 1
const uncut = new AbortController().signal

/** Remembers finished runs across boots, so that what ran to its end does not run again. Keyed by workload, then by container's spec digest. */
export class RunOutcomes {
  readonly #disk: Disk
  readonly #digest: Digest
  readonly #logger: Logger
  readonly #queue = new SerialQueue()
  readonly #outcomes = new Map<string, Map<string, RunOutcome>>()

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
      for (const [workload, runs] of Object.entries(asRecord(body['workloads']))) {
        this.#outcomes.set(workload, new Map(Object.entries(asRecord(runs)).map(([spec, run]) => [spec, asOutcome(run)])))
      }
    } catch (error) {
      this.#outcomes.clear()
      this.#logger.warn({ path, error: String(error) }, 'finished runs could not be read')
    }
  }

  get(workload: string, specDigest: string): RunOutcome | undefined {
    return this.#outcomes.get(workload)?.get(specDigest)
  }

  record(workload: string, specDigest: string, outcome: RunOutcome): void {
    const runs = this.#outcomes.get(workload) ?? new Map<string, RunOutcome>()
    this.#outcomes.set(workload, runs.set(specDigest, outcome))
    this.#save()
  }

  /** The spec is run again: how it ended before does not count any more. */
  forget(workload: string, specDigest: string): void {
    const runs = this.#outcomes.get(workload)
    if (runs?.has(specDigest) === true) this.retain(workload, new Set([...runs.keys()].filter((spec) => spec !== specDigest)))
  }

  /** Keeps the outcomes of these specs only; none: forgets the workload. */
  retain(workload: string, specDigests: ReadonlySet<string>): void {
    const runs = this.#outcomes.get(workload)
    if (runs === undefined) return
    const kept = [...runs].filter(([spec]) => specDigests.has(spec))
    if (kept.length === runs.size) return
    if (kept.length === 0) this.#outcomes.delete(workload)
    else this.#outcomes.set(workload, new Map(kept))
    this.#save()
  }

  async flush(): Promise<void> {
    await this.#queue.idle()
  }

  #save(): void {
    void this.#queue.run(async () => {
      const workloads = Object.fromEntries([...this.#outcomes].map(([name, runs]) => [name, Object.fromEntries(runs)]))
      try {
        await this.#disk.replace(path, encodeChecked({ format, workloads }, this.#digest), uncut)
      } catch (error) {
        this.#logger.warn({ path, error: String(error) }, 'finished runs could not be stored')
      }
    })
  }
}

function asOutcome(value: unknown): RunOutcome {
  const { exitCode, oomKilled, atMs } = asRecord(value)
  return { exitCode: asCount(exitCode), oomKilled: oomKilled === true, atMs: asCount(atMs) }
}
