/** What one run measured. */
export interface Measurement {
  /** One value per repetition, in the bench's unit; at least 20. */
  readonly samples: readonly number[]
  /** What else is worth knowing, each named with its unit: `bareRunP50Ms`. */
  readonly details: Readonly<Record<string, number | string>>
}

/** A question asked of the built product. */
export interface Bench {
  readonly name: string
  /** What is measured, in a line. */
  readonly about: string
  readonly unit: 'ms' | 'MB'
  /** The percentile that the budget and the aim are about. */
  readonly judgedBy: 'p50' | 'p99'
  /** What it must not exceed. */
  readonly budget: number
  readonly aim: number
  /** When it is given up, in milliseconds. Default: 48,000. */
  readonly limitMs?: number
  /** Measures; on abort it stops and leaves nothing behind. `say` is for people. */
  run(signal: AbortSignal, say: (line: string) => void): Promise<Measurement>
}
