import type { NodeFactsRecord } from '../../../model/records/index.js'
import type { EventDraft } from '../../event-log.js'

/** What a hello tells of the life behind it. */
export type Said = NodeFactsRecord

/**
 * Why a node is back, as an event: its board was started anew, its agent was, or only its link had been away. Undefined = it was never
 * here before, or whether it was away at all is not known.
 */
export function nodeReturn(node: string, before: Said | undefined, now: Said, awayMs: number | undefined): EventDraft | undefined {
  if (before === undefined) return undefined
  const event = (severity: EventDraft['severity'], type: string, message: string, fields: EventDraft['fields'] = {}): EventDraft => ({ severity, type, subject: `node/${node}`, node, message, fields })
  if (before.facts.bootId !== now.facts.bootId) return event('warning', 'node-rebooted', 'Its board was started anew.', { bootId: now.facts.bootId })
  if (before.stateEpoch !== now.stateEpoch) return event('warning', 'agent-restarted', 'Its agent was started anew, over a new state directory.')
  if (before.incarnation !== now.incarnation) {
    const { agentVersion } = now
    const update = before.agentVersion === agentVersion ? '' : `, as version ${agentVersion} after ${before.agentVersion}`
    return event('warning', 'agent-restarted', `Its agent was started anew${update}; containers outlive it.`, { agentVersion })
  }
  if (awayMs === undefined) return undefined
  return event('info', 'node-reconnected', `Its link was away for ${String(Math.max(0, Math.round(awayMs / 1000)))} s; its agent ran on.`)
}
