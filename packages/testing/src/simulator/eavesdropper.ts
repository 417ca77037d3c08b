import type { Passage } from '../transport/fabric.js'

/** What somebody has taken down who listens on the way. */
export interface Overheard {
  readonly connection: number
  readonly message: unknown
}

const mostOfOnePlace = 64

/** Takes down what the nodes say to their master, the last of each. */
export class Eavesdropper {
  readonly #said = new Map<string, Overheard[]>()

  take({ phase, from, connection, message }: Passage): void {
    if (phase !== 'sent') return
    const said = this.#said.get(from) ?? []
    this.#said.set(from, said)
    said.push({ connection, message })
    if (said.length > mostOfOnePlace) said.shift()
  }

  of(place: string): readonly Overheard[] {
    return this.#said.get(place) ?? []
  }
}
