import type { Style } from '../text/paint.js'

const good = new Set(['ready', 'running', 'completed', 'created', 'satisfied', 'allowed', 'open'])
const bad = new Set(['dead', 'error', 'lost', 'denied', 'critical', 'revoked', 'quarantined'])
const resting = new Set(['exited', 'idle', 'debug', 'used', 'expired'])

/** One colour for one meaning, in every table. */
export function stateStyle(state: string): Style | undefined {
  if (good.has(state)) return 'green'
  if (bad.has(state)) return 'red'
  if (resting.has(state)) return 'gray'
  return state === 'info' ? undefined : 'yellow'
}
