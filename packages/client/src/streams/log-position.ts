import type { ContainerLogLine } from '../piccolo-client.js'

interface Reached {
  readonly atMs: number
  /** The first line of that very millisecond that was given: with a tail, not always the first there is. */
  readonly first: string
  /** How many from it on. */
  readonly count: number
}

/** How far a log was read: container by container by the times in it, or stream by stream by positions. */
export class LogPosition {
  readonly #reached = new Map<string, Reached>()
  readonly #positions = new Map<string, number>()
  #timeless = false

  /** Whether nothing was given so far: then there is nothing to go on from. */
  get atStart(): boolean {
    return this.#reached.size === 0 && this.#positions.size === 0
  }

  /** Lines without a time or a position can't be told apart from those before them. */
  get timeless(): boolean {
    return this.#timeless
  }

  note(given: ContainerLogLine): void {
    const { container, atMs, line, position } = given
    if (position !== undefined) {
      this.#positions.set(laneOf(given), position.at)
      return
    }
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
    const positions = new Map(this.#positions)
    const met = new Map<string, number>()
    return (asked) => {
      const { container, atMs, line, position } = asked
      if (position !== undefined) return position.at <= (positions.get(laneOf(asked)) ?? -1)
      const reached = from.get(container)
      if (reached === undefined || atMs === undefined || atMs > reached.atMs) return false
      const before = met.get(container) ?? 0
      if (atMs < reached.atMs || (before === 0 && line !== reached.first)) return true
      met.set(container, before + 1)
      return before < reached.count
    }
  }
}

/** What is in order: a container's lines by their times, a stream's by their positions. */
export function laneOf({ container, stream, position }: ContainerLogLine): string {
  return position === undefined ? container : `${container} ${stream} ${position.log}`
}
