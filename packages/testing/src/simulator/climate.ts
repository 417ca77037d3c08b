import type { AgentOptions } from '@piccolo/core/agent'
import type { Timings } from '@piccolo/core/spi'

/** How things are in one simulation from beginning to end: how slow, how patient, and how often something goes wrong. */
export interface Climate {
  /** One line for people. */
  readonly name: string
  readonly timings: Timings
  readonly reconciler: NonNullable<AgentOptions['reconciler']>
  /** Images that every board has. */
  readonly images: readonly string[]
  /** Between two strikes, and between two things people do, on average. */
  readonly faultGapMs: number
  readonly peopleGapMs: number
  /** How long things usually take, in ms: up to twice this on a link, up to this for a call of store, disk or engine. */
  readonly linkMs: number
  readonly storeMs: number
  readonly diskMs: number
  readonly engineMs: number
}
