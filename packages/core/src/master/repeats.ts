import type { Cancel } from '../spi/index.js'
import type { MasterContext } from './context.js'
import type { EventDraft } from './event-log.js'
import { workLoop } from './work-loop.js'

/** How long the first of a kind stands for those that follow; twice as long after each summary. */
const firstWindowMs = 10 * 60_000
const longestWindowMs = 24 * 3_600_000
/** Kinds told apart at a time; what is beyond shares one. */
const mostKinds = 4_096
const otherKinds = '…'

/** Folds what happens over and over, so that it makes a few events and not a full log: the first is told, the next are counted, a summary follows. */
export interface Repeats {
  /**
   * Whether this is news, to be told now: there was none of its kind lately. Otherwise it is counted, and the last of them is told with
   * their number when the window is over.
   */
  isNews(kind: string, event: EventDraft): boolean
  readonly ended: Promise<void>
}

interface Window {
  readonly lengthMs: number
  readonly cancel: Cancel
  count: number
  last: EventDraft
}

export function repeats(context: MasterContext, signal: AbortSignal): Repeats {
  const { clock, store, log } = context
  const windows = new Map<string, Window>()
  const summaries = new Map<string, EventDraft>()

  const step = async (): Promise<void> => {
    for (const [kind, summary] of summaries) {
      const event = log.draft(summary)
      const result = await store.commit({ mutations: [event.mutation] }, { signal })
      summaries.delete(kind)
      if (result.committed) log.announce([event.record], result.revision)
    }
  }
  const loop = workLoop({ ...context, step, signal })

  const open = (kind: string, event: EventDraft, lengthMs: number): void => {
    windows.set(kind, { lengthMs, cancel: clock.schedule(lengthMs, () => { close(kind) }), count: 0, last: event })
  }
  const close = (kind: string): void => {
    const window = windows.get(kind)
    windows.delete(kind)
    if (window === undefined || window.count === 0) return
    summaries.set(kind, summaryOf(window))
    loop.wake()
    open(kind, window.last, Math.min(window.lengthMs * 2, longestWindowMs))
  }
  signal.addEventListener('abort', () => { for (const { cancel } of windows.values()) cancel() }, { once: true })

  return {
    isNews(kind, event) {
      const key = windows.has(kind) || windows.size < mostKinds ? kind : otherKinds
      const window = windows.get(key)
      if (window === undefined) {
        open(key, event, firstWindowMs)
        return true
      }
      window.count += 1
      window.last = event
      return false
    },
    ended: loop.ended,
  }
}

function summaryOf({ last, count, lengthMs }: Window): EventDraft {
  const times = count === 1 ? 'Once more' : `${String(count)} more times`
  return { ...last, message: `${last.message} ${times} in the last ${String(lengthMs / 60_000)} minutes.`, fields: { ...last.fields, repeats: count } }
}
