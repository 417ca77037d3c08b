import { PiccoloError } from '../errors/index.js'
import { maxSignalTextBytes, type SignalValue } from '../protocol/published-signal.js'
import type { Adapter } from './ambient.js'

/** What a source says of one signal. */
export interface SignalReading {
  /** As it was asked for. */
  readonly name: string
  /** Absent: the source has no value for it any more, e.g. its sensor fell silent or its retained message was cleared. */
  readonly value?: SignalValue
  /** When it was so, wall clock, milliseconds since 1970; absent where the source does not tell. */
  readonly atMs?: number
  /** Readings of this signal that came and went unread since the one before, because the reader was slower than the source. */
  readonly missed: number
}

export interface SignalSourceCapabilities {
  /** `mqtt`, `vss`, … shown to people. */
  readonly name: string
  /** Most names that one watch takes. */
  readonly maxNames: number
}

/**
 * Where signals come from: vehicle data, MQTT, DDS. A name is the source's own, e.g. `Vehicle.Speed` or `line/7/state`, 1 to 256 bytes of
 * UTF-8 without control characters; where one message holds several values, the name is `<topic>#<field>`, which is what a Scenario's
 * operands come to (`value` is the topic, `name` the field).
 */
export interface SignalSource {
  readonly capabilities: SignalSourceCapabilities
  /** Reaches the source; `unavailable` when it can't. A second open, or a watch of a source that is not open, is `failed-precondition`; an aborted open leaves nothing open. */
  open(signal: AbortSignal): Promise<void>
  /** Ends watches and releases everything; idempotent. */
  close(): Promise<void>
  /**
   * The first batch says that the watch stands, with what is known of the names already: it may be empty. Each later one is what came
   * since the one before, at most one reading a name: the newest, so that a slow reader costs no more memory than it asked for. The
   * newest value of each name always arrives, and readings of one name come in order. Ends when the signal is aborted or the source
   * closed; throws `unavailable` when the source is lost: one attempt, for whoever watches tries again. `invalid-argument` for a name that it can't
   * have, `too-large` for more than capabilities.maxNames, both before anything is delivered.
   */
  watch(names: readonly string[], signal: AbortSignal): AsyncIterable<readonly SignalReading[]>
}

export type SignalSourceAdapter = Adapter<SignalSource>

const maxNameBytes = 256
const encoder = new TextEncoder()

/** What every source checks of the names of a watch, so that all of them refuse the same ones in the same words. */
export function checkSignalNames(names: readonly string[], { maxNames }: SignalSourceCapabilities): void {
  if (names.length > maxNames) {
    throw new PiccoloError('too-large', `A watch of ${names.length} signals is more than the ${maxNames} that this source takes; use several.`, { details: { names: names.length, maxNames } })
  }
  for (const name of names) {
    const problem = problemOf(name)
    if (problem !== undefined) throw new PiccoloError('invalid-argument', `The signal name ${JSON.stringify(name.slice(0, 80))} ${problem}.`)
  }
}

/** Whether this may be a signal's value; a source leaves out what is not. */
export function isSignalValue(value: unknown): value is SignalValue {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return value.length <= maxSignalTextBytes && encoder.encode(value).byteLength <= maxSignalTextBytes
  return typeof value === 'boolean'
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (/[\p{Cc}\p{Surrogate}]/u.test(name)) return 'holds characters that can not be read'
  return encoder.encode(name).byteLength > maxNameBytes ? `is longer than ${maxNameBytes} bytes` : undefined
}
