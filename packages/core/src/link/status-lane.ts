import type { JournalPosition, Status, StatusEntry, Synced, WorkloadStatus } from '../protocol/index.js'

/** Sends the lane's statuses through one session: all of them, then `synced` once the lane is complete, and each change. */
export interface StatusReader {
  next(): Status | Synced | undefined
}

/** Entries in one message. */
const batchEntries = 64

/** The latest value per key, and what a session has still to be told of it. */
export class StatusLane {
  readonly #incarnation: number
  readonly #changed: () => void
  readonly #entries = new Map<string, StatusEntry>()
  #reader: { readonly dirty: Set<string>; synced: boolean } | undefined
  #seq = 0
  #settled = false
  #complete = false

  constructor(options: { readonly incarnation: number; readonly onChange: () => void }) {
    this.#incarnation = options.incarnation
    this.#changed = options.onChange
  }

  /** Until this is called no session is told anything: a half-known board must not look like an empty one. */
  settle(): void {
    this.#settled = true
    this.#changed()
  }

  /** Everything that is here has its status: from now on a session may say so. What it did not name is gone, then. */
  complete(): void {
    this.#complete = true
    this.settle()
  }

  /** Keeps the newest value of a key; an equal one changes nothing. `undefined`: the thing is gone. */
  set(key: string, workload: WorkloadStatus | undefined): void {
    const old = this.#entries.get(key)
    if (sameStatus(old?.workload, workload) && (old !== undefined || workload === undefined)) return
    this.#entries.set(key, { key, position: this.#advance(), ...(workload === undefined ? {} : { workload }) })
    this.#reader?.dirty.add(key)
    this.#changed()
  }

  statuses(): readonly WorkloadStatus[] {
    return [...this.#entries.values()].flatMap(({ workload }) => (workload === undefined ? [] : [workload]))
  }

  /** Begins a session's view; an older reader falls silent. */
  reader(): StatusReader {
    // What is gone needs no word in a new session: the full set leaves it out.
    for (const [key, entry] of this.#entries) if (entry.workload === undefined) this.#entries.delete(key)
    const mine = { dirty: new Set(this.#entries.keys()), synced: false }
    this.#reader = mine
    return {
      next: () => {
        if (this.#reader !== mine || !this.#settled) return undefined
        const entries = this.#take(mine.dirty)
        if (entries.length > 0) return { type: 'status', entries }
        if (mine.synced || !this.#complete) return undefined
        mine.synced = true
        return { type: 'synced', position: this.#advance() }
      },
    }
  }

  #take(dirty: Set<string>): readonly StatusEntry[] {
    const entries: StatusEntry[] = []
    for (const key of dirty) {
      if (entries.length === batchEntries) break
      dirty.delete(key)
      const entry = this.#entries.get(key)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  #advance(): JournalPosition {
    this.#seq += 1
    return { incarnation: this.#incarnation, seq: this.#seq }
  }
}

function sameStatus(a: WorkloadStatus | undefined, b: WorkloadStatus | undefined): boolean {
  return textOf(a) === textOf(b)
}

function textOf(status: WorkloadStatus | undefined): string {
  return JSON.stringify(status, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? ''
}
