/** One claim of a port's contract. Ids are stable: vendors quote them in their reports. */
export interface ConformanceCase<Subject> {
  /** e.g. `store/commit-is-whole`. */
  readonly id: string
  /** The claim, as a sentence. */
  readonly title: string
  /** Absent: every adapter owes it. */
  readonly given?: Given<Subject>
  /** Throws (node:assert) when the claim does not hold. */
  run(subject: Subject): Promise<void>
}

/** What a claim is about, where not every adapter has it. Read from the adapter itself, or from what its test bed can do. */
export interface Given<Subject> {
  /** As a table says it of one that has it not, e.g. `images`. */
  readonly what: string
  holds(subject: Subject): boolean
}

export interface ConformanceSuite<Subject> {
  readonly port: string
  readonly cases: readonly ConformanceCase<Subject>[]
}

/** A subject for one case, and how to get rid of it. */
export type Provide<Subject> = () => Promise<{ readonly subject: Subject; dispose(): Promise<void> }>

export type Outcome = 'holds' | 'not offered'

/** Runs one case on a fresh subject; rejects when the claim does not hold. */
export async function runCase<Subject>({ given, run }: ConformanceCase<Subject>, provide: Provide<Subject>): Promise<Outcome> {
  const { subject, dispose } = await provide()
  try {
    if (given?.holds(subject) === false) return 'not offered'
    await run(subject)
    return 'holds'
  } finally {
    await dispose()
  }
}
