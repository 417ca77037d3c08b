import type { MasterContext } from '../context.js'
import type { EventDraft } from '../event-log.js'
import { tables } from '../tables.js'
import { workLoop } from '../work-loop.js'
import type { TrustedClock } from './trusted-clock.js'

const lookMs = 60_000
const storeMs = 86_400_000
/** A wall clock that is corrected by less is kept in order by somebody. */
const jumpMs = 5 * 60_000

const doubts = {
  behind: 'The wall clock is behind a time that has passed already',
  ahead: 'The wall clock is more than half a year ahead of the time at which this master last ran',
} as const

/** Keeps what the next start has to know of the time, once a day, and tells when the wall clock is not to be believed. */
export function keepTime(context: MasterContext, time: TrustedClock, signal: AbortSignal): { readonly ended: Promise<void>; followed(): void } {
  const { store, log, clock, logger } = context
  let storeAtMs = 0
  let jumpTold = false
  const untold: EventDraft[] = time.doubt === undefined ? [] : [doubted(`${doubts[time.doubt]}. Time goes on from ${textOf(time.wallMs())} until somebody vouches for the clock.`)]

  const step = async (): Promise<void> => {
    time.catchUp()
    const driftMs = time.driftMs()
    if (Math.abs(driftMs) > jumpMs && !jumpTold) untold.push(doubted(`The wall clock jumped by ${String(Math.round(driftMs / 1_000))} s. This master's time goes on as before.`))
    jumpTold = Math.abs(driftMs) > jumpMs
    for (let draft = untold[0]; draft !== undefined; draft = untold[0]) {
      logger.warn({ reason: draft.message }, 'the wall clock is doubtful')
      const { mutation, record } = log.draft(draft)
      const result = await store.commit({ mutations: [mutation] }, { signal })
      untold.shift()
      if (result.committed) log.announce([record], result.revision)
    }
    if (clock.monotonicMs() >= storeAtMs) {
      await store.commit({ mutations: [tables.time.put('time', time.record())] }, { signal })
      storeAtMs = clock.monotonicMs() + storeMs
    }
    plan()
  }

  let cancel: () => void = () => undefined
  const plan = (): void => {
    cancel()
    if (!signal.aborted) cancel = clock.schedule(lookMs, loop.wake)
  }
  const loop = workLoop({ ...context, step, signal })
  signal.addEventListener('abort', () => { cancel() }, { once: true })
  loop.wake()
  return {
    ended: loop.ended,
    followed() {
      storeAtMs = 0
      jumpTold = false
      untold.push({ severity: 'info', type: 'clock-set', subject: 'cluster', message: `The wall clock was vouched for; the time is ${textOf(time.wallMs())}.`, fields: {} })
      loop.wake()
    },
  }
}

function doubted(message: string): EventDraft {
  return { severity: 'warning', type: 'clock-doubtful', subject: 'cluster', message, fields: { security: true } }
}

function textOf(ms: number): string {
  return new Date(ms).toISOString()
}
