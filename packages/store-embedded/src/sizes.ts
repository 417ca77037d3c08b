export interface SizeLimits {
  readonly commits: number
  readonly bytes: number
}

/** How large the commits kept are, oldest first, and how many have to go. */
export class Sizes {
  readonly #sizes: number[]
  #bytes: number

  constructor(sizes: readonly number[] = []) {
    this.#sizes = [...sizes]
    this.#bytes = sum(sizes)
  }

  get count(): number {
    return this.#sizes.length
  }

  /** How many of the oldest have to go for both limits to hold once `added` have come. The newest always stays. */
  excess(added: readonly number[], { commits, bytes }: SizeLimits): number {
    const last = this.#sizes.length + added.length - 1
    let left = this.#bytes + sum(added)
    let gone = 0
    while (gone < last && (last + 1 - gone > commits || left > bytes)) {
      left -= this.#sizes[gone] ?? added[gone - this.#sizes.length] ?? 0
      gone += 1
    }
    return gone
  }

  /** Takes these in and drops the excess; returns how many went. */
  append(added: readonly number[], limits: SizeLimits): number {
    const gone = this.excess(added, limits)
    this.#sizes.push(...added)
    this.#bytes += sum(added) - sum(this.#sizes.splice(0, gone))
    return gone
  }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
