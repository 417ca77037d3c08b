import { sleep } from '../../waiting/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { workLoop } from '../work-loop.js'
import { erase } from './erase.js'
import { overdueEntries } from './overdue-entries.js'
import { overdueHistory } from './overdue-history.js'
import type { RetentionRules } from './rules.js'
import { spentTokens } from './spent-tokens.js'

/** A master has more urgent things to do at its start; a board may be switched off again soon. */
const firstMs = 60_000
const everyMs = 86_400_000
/** New entries of the logs after which their bounds are looked at again: a tenth of the smaller bound, but not for each handful. */
const growthOf = ({ eventsPerNode, auditEntries }: RetentionRules): number => Math.ceil(Math.min(1_000, eventsPerNode / 10, auditEntries / 10))
/** Longer than any commit is under way, its repetitions included. */
const underWayMs = 60_000

export interface RetentionOptions {
  readonly rules: RetentionRules
  readonly signal: AbortSignal
}

/**
 * Keeps the past bounded: events, audit, history, tokens. It remembers nothing: what has to go is found by looking, soon after each
 * start, once a day, and whenever the logs have grown a good deal. Where nothing has to go, nothing is written.
 */
export function retention(context: MasterContext, views: Pick<Views, 'artifacts' | 'deployments' | 'caughtUpWith'>, { rules, signal }: RetentionOptions): { readonly ended: Promise<void> } {
  const { store, clock, logger } = context

  const step = async (): Promise<void> => {
    const erased = {
      events: await erase(store, overdueEntries(context, tables.events, { longestMs: rules.eventsMs, mostPerGroup: rules.eventsPerNode, groupOf: ({ node = '' }) => node }, signal), signal),
      audit: await erase(store, overdueEntries(context, tables.audit, { longestMs: rules.auditMs, mostPerGroup: rules.auditEntries, groupOf: ({ fields }) => String(fields['outcome']) }, signal), signal),
      tokens: await erase(store, spentTokens(context, rules.tokensMs, signal), signal),
      history: await eraseHistory(),
    }
    if (signal.aborted) return
    if (Object.values(erased).some((count) => count > 0)) logger.info(erased, 'the past was pruned')
    plan(everyMs)
  }

  /**
   * What a deployment refers to must be known for certain. Whoever begins to decide once the views have caught up launches nothing that
   * had been replaced by then; whoever began before has ended when the wait is over.
   */
  const eraseHistory = async (): Promise<number> => {
    const upTo = await caughtUp()
    if (!(await sleep(clock, underWayMs, signal))) return 0
    await caughtUp()
    return erase(store, overdueHistory(store, views, { rules, upTo, signal }), signal)
  }

  const caughtUp = async (): Promise<bigint> => {
    const { revision } = await tables.history.page(store, { limit: 1, signal })
    await views.caughtUpWith([tables.artifacts.prefix, tables.deployments.prefix], revision, signal)
    return revision
  }

  let cancel: () => void = () => undefined
  const plan = (delayMs: number): void => {
    cancel()
    cancel = clock.schedule(delayMs, loop.wake)
  }
  const loop = workLoop({ ...context, step, signal })
  const unsubscribe = context.log.onGrowth(growthOf(rules), loop.wake)
  signal.addEventListener('abort', () => { cancel(); unsubscribe() }, { once: true })
  plan(firstMs)
  return { ended: loop.ended }
}
