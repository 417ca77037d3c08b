import type { Readiness, Timings } from '../../protocol/index.js'
import type { NodePhase } from '../../spi/index.js'

/** What the master has heard of one node, in memory; rebuilt from the next hello. */
export interface Signs {
  readonly connected: boolean
  /** Beats of this session. */
  readonly beats: number
  /** Whether the node has heard an echo: the link works both ways. */
  readonly echoed: boolean
  readonly loopAgeMs: number
  readonly resynced: boolean
  readonly readiness: Readiness | undefined
  /** Monotonic time at which the session began. */
  readonly openedMs: number
  /** Monotonic time of the last sign of life, or of the master's own start. */
  readonly lastHeardMs: number
  readonly timings: Timings
}

export interface Judgement {
  readonly phase: NodePhase
  readonly reasons: readonly string[]
  /** When to look again if nothing is heard; undefined = silence changes nothing more. */
  readonly nextLookMs: number | undefined
}

/** For people and for the store; what a node says has no bound of its own. */
const mostReasons = 20
const longestReason = 500

/** Judges one node. Suspect is for eyes only and never a phase; a closed connection is not death: containers outlive agents. */
export function judge(signs: Signs, before: NodePhase, nowMs: number, notLostBeforeMs: number): Judgement {
  const { timings, lastHeardMs } = signs
  const silentMs = nowMs - lastHeardMs
  const lostAtMs = Math.max(lastHeardMs + timings.lostMs, notLostBeforeMs)
  if (before === 'pending' && !signs.connected) return { phase: 'pending', reasons: ['It has not joined yet.'], nextLookMs: undefined }
  if (before === 'lost' && !signs.connected) return { phase: 'lost', reasons: [silence(silentMs)], nextLookMs: undefined }
  if (nowMs >= lostAtMs) return { phase: 'lost', reasons: [silence(silentMs)], nextLookMs: undefined }
  // The very number that is waited for: what rounds otherwise would be looked at again and again at one moment.
  const nextLookMs = lastHeardMs + timings.disconnectedMs
  if (nowMs >= nextLookMs) return { phase: 'disconnected', reasons: [silence(silentMs)], nextLookMs: lostAtMs }
  // Between two sessions the last judgement stands until silence has lasted.
  if (!signs.connected) return { phase: before, reasons: [], nextLookMs }
  const reasons = obstacles(signs)
  // A short break in the link is no news: a node that was ready has until `disconnected` to show that it still is.
  const settleByMs = signs.openedMs + timings.disconnectedMs
  if (before === 'ready' && reasons.length > 0 && nowMs < settleByMs && !hasFailed(signs)) {
    return { phase: 'ready', reasons: [], nextLookMs: Math.min(nextLookMs, settleByMs) }
  }
  return { phase: reasons.length === 0 ? 'ready' : before === 'pending' && !signs.resynced && !hasFailed(signs) ? 'pending' : 'notReady', reasons, nextLookMs }
}

function obstacles({ beats, echoed, loopAgeMs, resynced, readiness, timings }: Signs): readonly string[] {
  // What is wrong with the node may be what keeps it from telling all it holds.
  if (readiness?.ready === false) return failuresOf(readiness)
  if (!resynced) return ['It is synchronising.']
  if (beats < 2 || !echoed) return ['It has not been heard in both directions yet.']
  if (loopAgeMs > timings.suspectMs) return ['Its main loop is stuck.']
  return readiness === undefined ? ['It has not reported its readiness yet.'] : []
}

function failuresOf({ findings }: Readiness): readonly string[] {
  const failed = findings.filter(({ level }) => level === 'fail')
  const shown = failed.slice(0, mostReasons).map(({ check, reason }) => `${check}: ${reason}`.slice(0, longestReason))
  return failed.length > mostReasons ? [...shown, `And ${String(failed.length - mostReasons)} more.`] : shown
}

/** The node itself says that something is wrong, which no patience mends. */
function hasFailed({ readiness, loopAgeMs, timings }: Signs): boolean {
  return readiness?.ready === false || loopAgeMs > timings.suspectMs
}

/** Whole seconds would make each look a change; the number is when it was noticed. */
function silence(silentMs: number): string {
  return `Nothing heard for ${String(Math.round(silentMs / 1000))} s.`
}
