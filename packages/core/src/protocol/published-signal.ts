/** What a signal can say. Numbers are finite, texts at most {@link maxSignalTextBytes} of UTF-8. */
export type SignalValue = boolean | number | string

/** Longest text that is a signal's value, in bytes of UTF-8. A source leaves out what is longer. */
export const maxSignalTextBytes = 4 * 1024

/** What one signal says from now on. */
export interface PublishedSignal {
  /** As in a Scenario's condition: `<topic>#<field>`, or the topic alone where there is no field. 1 to 256 bytes without control characters. */
  readonly name: string
  /** null: it has no value any more. */
  readonly value: SignalValue | null
}
