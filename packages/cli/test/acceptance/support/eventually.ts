import { until } from '../../../src/demo/until.js'

const never = new AbortController().signal

export interface Patience {
  /** Default 15,000. */
  readonly withinMs?: number
  /** Between two looks. Default 50. */
  readonly everyMs?: number
}

/** Looks until there is something; an expectation that fails inside counts as "not yet", and its message is kept for the end. */
export function eventually<Value>(what: string, look: () => Promise<Value | undefined>, { withinMs = 15_000, everyMs = 50 }: Patience = {}): Promise<Value> {
  return until(look, { what, withinMs, everyMs, signal: never })
}
