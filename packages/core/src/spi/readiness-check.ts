import type { ReadinessFinding } from '../protocol/index.js'

/** A check of the vendor's own, run with the built-in ones. Deadline: 5 s. A throw counts as `fail`. */
export interface ReadinessCheck {
  readonly name: string
  run(signal: AbortSignal): Promise<Omit<ReadinessFinding, 'check'>>
}
