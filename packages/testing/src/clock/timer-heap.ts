export interface Timer {
  readonly dueMs: number
  /** Settles which of two timers due at once runs first. */
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** Timers by the time they are due, those set earlier first. A binary heap: a simulated hour sets and cancels a hundred thousand. */
export class TimerHeap {
  #timers: Timer[] = []
  #cancelled = 0

  /** Timers that will run. */
  get size(): number {
    return this.#timers.length - this.#cancelled
  }

  add(timer: Timer): void {
    this.#timers.push(timer)
    this.#rise(this.#timers.length - 1)
  }

  /** Takes it out of the count at once and out of the heap when it comes up, or when too many like it lie about. */
  cancel(timer: Timer): void {
    if (timer.cancelled) return
    timer.cancelled = true
    this.#cancelled += 1
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#timers.length) return
    const kept = this.#timers.filter(({ cancelled }) => !cancelled)
    this.#timers = []
    this.#cancelled = 0
    for (const each of kept) this.add(each)
  }

  /** Removes and returns the first timer due by `untilMs`; undefined when there is none. */
  take(untilMs: number): Timer | undefined {
    for (let first = this.#timers[0]; first !== undefined && first.dueMs <= untilMs; first = this.#timers[0]) {
      this.#removeFirst()
      if (!first.cancelled) {
        first.cancelled = true
        return first
      }
      this.#cancelled -= 1
    }
    return undefined
  }

  #removeFirst(): void {
    const last = this.#timers.pop()
    if (last === undefined || this.#timers.length === 0) return
    this.#timers[0] = last
    this.#sink(0)
  }

  #rise(start: number): void {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #sink(start: number): void {
    for (let index = start; ; ) {
      const left = 2 * index + 1
      const child = isBefore(this.#timers[left + 1], this.#timers[left]) ? left + 1 : left
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [below, above] = [this.#timers[lower], this.#timers[upper]]
    if (below === undefined || above === undefined || !isBefore(below, above)) return false
    this.#timers[lower] = above
    this.#timers[upper] = below
    return true
  }
}

function isBefore(a: Timer | undefined, b: Timer | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}
