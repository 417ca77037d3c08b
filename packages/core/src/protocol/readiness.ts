/** One finding of one readiness check. `fail` makes the node NotReady; it never stops what runs. */
export interface ReadinessFinding {
  readonly check: string
  readonly level: 'ok' | 'warn' | 'fail'
  /** For people: what was found and what to do; empty when ok. */
  readonly reason: string
}

export interface Readiness {
  readonly ready: boolean
  readonly findings: readonly ReadinessFinding[]
}
