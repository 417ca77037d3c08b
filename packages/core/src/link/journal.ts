import { PiccoloError } from '../errors/index.js'
import type { Hello, JournalEntry, JournalPosition, Report } from '../protocol/index.js'
import type { Cancel, Clock } from '../spi/index.js'
import { exponentialMs } from '../waiting/index.js'
import type { JournalStorage } from './journal-storage.js'
import { comparePositions } from './positions.js'
import { fitBounds, mergeLosses, sizeOf, type JournalBounds, type Loss } from './retention.js'
import { SerialQueue } from './serial-queue.js'

/** Something that happened, before the journal gives it a position and a time. */
export type JournalEvent = Omit<JournalEntry, 'position' | 'atMs' | 'fields'> & Partial<Pick<JournalEntry, 'fields'>>

/** Reads what is not acknowledged yet, for one session. */
export interface JournalReader {
  /** The next report, or undefined when nothing may be sent now. */
  next(): Report | undefined
}

export interface JournalOptions {
  readonly storage: JournalStorage
  readonly clock: Clock
  /** The time that entries are given, milliseconds since 1970. Default: the wall clock. */
  readonly now?: () => number
  readonly incarnation: number
  readonly earlier: readonly JournalEntry[]
  readonly bounds: JournalBounds
  /** Called after each record, so that a session can send it. */
  readonly onRecorded: () => void
}

const reportEntries = 64
const reportBytes = 32 * 1024
/** Entries sent ahead of their acknowledgement. */
const windowEntries = 512
/** Wait before what could not be written is tried again, though nothing new happens. */
const retry = { initialMs: 1_000, capMs: 60_000 }
/** Share of the bounds that stays after dropping, so that dropping is rare. */
const headroom = 0.9

/** A durable outbox: told once each, in order, kept until acknowledged or, beyond the bounds, dropped and counted. */
export class Journal {
  readonly #options: JournalOptions
  readonly #queue = new SerialQueue()
  #entries: JournalEntry[]
  #bytes: number
  #seq = 0
  /** Entries that storage does not have yet. */
  #unsaved: JournalEntry[] = []
  #rewriteDue = false
  #trimmed: JournalPosition | undefined
  /** Highest position handed to any session. */
  #sent: JournalPosition | undefined
  #trouble: string | undefined
  #failures = 0
  #cancelRetry: Cancel = () => undefined
  #closed = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#entries = [...options.earlier]
    this.#bytes = this.#entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
  }

  get unacknowledged(): number {
    return this.#entries.length
  }

  /** Why the journal can't be written now; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  record(event: JournalEvent): void {
    this.#add(event)
    if (this.#entries.length > this.#options.bounds.maxEntries || this.#bytes > this.#options.bounds.maxBytes) this.#drop()
    void this.#save()
    this.#options.onRecorded()
  }

  /** What hello says of this journal. */
  outline(): Hello['journal'] {
    const oldest = this.#entries[0]?.position
    const lastSeqs = new Map<number, JournalPosition>()
    for (const { position } of this.#entries) {
      if (position.incarnation !== this.#options.incarnation) lastSeqs.set(position.incarnation, position)
    }
    const next = { incarnation: this.#options.incarnation, seq: this.#seq + 1 }
    return { ...(oldest === undefined ? {} : { oldest }), next, lastSeqs: [...lastSeqs.values()] }
  }

  acknowledge(position: JournalPosition): void {
    const gone = this.#entries.splice(0, indexAfter(this.#entries, position))
    if (gone.length === 0) return
    this.#bytes -= gone.reduce((sum, entry) => sum + sizeOf(entry), 0)
    this.#trimmed = position
    void this.#save()
    this.#options.onRecorded()
  }

  reader(): JournalReader {
    let last: JournalPosition | undefined
    return {
      next: () => {
        const from = indexAfter(this.#entries, last)
        const entries = from >= windowEntries ? [] : batchFrom(this.#entries, from)
        const end = entries.at(-1)?.position
        if (end === undefined) return undefined
        last = end
        if (this.#sent === undefined || comparePositions(end, this.#sent) > 0) this.#sent = end
        return { type: 'report', entries }
      },
    }
  }

  /** Resolves when everything recorded so far was written, or could not be. */
  async flush(): Promise<void> {
    await this.#queue.idle()
  }

  /** Ends the attempts to write what could not be written, after a last one. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry()
    await (this.#trouble === undefined ? this.flush() : this.#save())
  }

  #add(event: JournalEvent): void {
    this.#seq += 1
    const position = { incarnation: this.#options.incarnation, seq: this.#seq }
    const entry = { position, atMs: this.#options.now?.() ?? this.#options.clock.wallMs(), fields: {}, ...event }
    this.#entries.push(entry)
    this.#unsaved.push(entry)
    this.#bytes += sizeOf(entry)
  }

  /** Makes room. The record of a loss that nobody has seen yet is folded into the new one, so there is at most one at the end. */
  #drop(): void {
    const { maxEntries, maxBytes } = this.#options.bounds
    let folded: Loss | undefined
    const entries = this.#entries.filter((entry) => {
      const loss = this.#unseenLoss(entry)
      if (loss !== undefined) folded = mergeLosses(folded, loss)
      return loss === undefined
    })
    const { kept, loss } = fitBounds(entries, { maxEntries: Math.floor(maxEntries * headroom) - 1, maxBytes: maxBytes * headroom }, isLoss)
    if (loss === undefined) return
    this.#entries = [...kept]
    this.#bytes = kept.reduce((sum, entry) => sum + sizeOf(entry), 0)
    this.#add(lossEvent(mergeLosses(folded, loss)))
    this.#rewriteDue = true
  }

  #unseenLoss(entry: JournalEntry): Loss | undefined {
    const ours = entry.position.incarnation === this.#options.incarnation
    const unseen = this.#sent === undefined || comparePositions(entry.position, this.#sent) > 0
    return ours && unseen && isLoss(entry) ? lossOf(entry) : undefined
  }

  #save(): Promise<void> {
    return this.#queue.run(async () => {
      this.#cancelRetry()
      try {
        await this.#write()
        this.#trouble = undefined
        this.#failures = 0
      } catch (error) {
        this.#trouble = PiccoloError.from(error).message
        if (!this.#closed) this.#cancelRetry = this.#options.clock.schedule(exponentialMs(this.#failures, retry), () => void this.#save())
        this.#failures += 1
      }
    })
  }

  async #write(): Promise<void> {
    const { storage } = this.#options
    if (this.#rewriteDue) {
      this.#unsaved = []
      await storage.rewrite([...this.#entries])
      this.#rewriteDue = false
    }
    const batch = this.#unsaved
    if (batch.length > 0) {
      this.#unsaved = []
      try {
        await storage.append(batch, { durable: batch.some((entry) => entry.severity === 'critical') })
      } catch (error) {
        // Kept for the next attempt, in order; bounded because a drop rewrites everything.
        this.#unsaved = [...batch, ...this.#unsaved]
        throw error
      }
    }
    const trimmed = this.#trimmed
    if (trimmed === undefined) return
    this.#trimmed = undefined
    await storage.trim(trimmed)
  }
}

/** Index of the first entry after a position. */
function indexAfter(entries: readonly JournalEntry[], position: JournalPosition | undefined): number {
  if (position === undefined) return 0
  const index = entries.findIndex((entry) => comparePositions(entry.position, position) > 0)
  return index === -1 ? entries.length : index
}

function batchFrom(entries: readonly JournalEntry[], from: number): readonly JournalEntry[] {
  const batch: JournalEntry[] = []
  let bytes = 0
  for (const entry of entries.slice(from, from + reportEntries)) {
    bytes += sizeOf(entry)
    if (batch.length > 0 && bytes > reportBytes) break
    batch.push(entry)
  }
  return batch
}

function isLoss(entry: JournalEntry): boolean {
  return entry.type === 'dropped'
}

function lossEvent({ from, to, count }: Loss): JournalEvent {
  return {
    severity: 'critical',
    type: 'dropped',
    subject: 'node',
    message: `${count} events were dropped: the journal was full.`,
    fields: { fromIncarnation: from.incarnation, fromSeq: from.seq, toIncarnation: to.incarnation, toSeq: to.seq, count },
  }
}

function lossOf({ fields }: JournalEntry): Loss {
  const number = (name: string): number => Number(fields[name])
  return {
    from: { incarnation: number('fromIncarnation'), seq: number('fromSeq') },
    to: { incarnation: number('toIncarnation'), seq: number('toSeq') },
    count: number('count'),
  }
}
