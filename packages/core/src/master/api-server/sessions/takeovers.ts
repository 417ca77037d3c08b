import { PiccoloError } from '../../../errors/index.js'
import type { Clock } from '../../../spi/index.js'

/** Takeovers of a living session within a minute that one agent with a bad link may come to. */
const mostTakeovers = 6
const windowMs = 60_000

/**
 * Two agents with one identity take the session from each other again and again. The newest wins, as after any broken link, until it has
 * happened too often: then the one that is there stays, and the other is told to wait.
 */
export interface Takeovers {
  /** A new session is about to take the place of one that lives. Throws `resource-exhausted` when that has happened too often. */
  count(node: string): void
}

export function takeovers(clock: Clock): Takeovers {
  const times = new Map<string, readonly number[]>()
  return {
    count(node) {
      const nowMs = clock.monotonicMs()
      const recent = (times.get(node) ?? []).filter((atMs) => nowMs - atMs < windowMs)
      if (recent.length >= mostTakeovers) {
        throw new PiccoloError('resource-exhausted', `Two agents seem to use the identity of node "${node}": they took its session from each other ${String(mostTakeovers)} times within a minute. The one that is connected stays.`, { details: { retryAfterMs: windowMs } })
      }
      times.set(node, [...recent, nowMs])
    },
  }
}
