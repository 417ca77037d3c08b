import type { ContainerLogLine } from '../piccolo-client.js'

interface Reached {
  readonly atMs: number
  /** The first line of that very millisecond that was given: with a tail, not always the first there is. */
  readonly first: string
  /** How many from it on. */
  readonly count: number
}

/** How far a log was read, container by container, by the times in it. */
export class LogPosition {
  readonly #reached = new Map<string, Reached>()
  #timeless = false

  /** Whether nothing was given so far: then there is nothing to go on from. */
  get atStart(): boolean {
    return this.#reached.size === 0
  }

  /** Lines without a time can't be told apart from those before them. */
  get timeless(): boolean {
    return this.#timeless
  }

  note({ container, atMs, line }: ContainerLogLine): void {
    if (atMs === undefined) {
      this.#timeless = true
      return
    }
    const before = this.#reached.get(container)
    this.#reached.set(container, before?.atMs === atMs ? { ...before, count: before.count + 1 } : { atMs, first: line, count: 1 })
  }

  /** For one new reading of the same log, asked of each line in turn: was it given before? */
  givenBefore(): (line: ContainerLogLine) => boolean {
    const from = new Map(this.#reached)
    const met = new Map<string, number>()
    return ({ container, atMs, line }) => {
      const reached = from.get(container)
      if (reached === undefined || atMs === undefined || atMs > reached.atMs) return false
      const before = met.get(container) ?? 0
      if (atMs < reached.atMs || (before === 0 && line !== reached.first)) return true
      met.set(container, before + 1)
      return before < reached.count
    }
  }
}
