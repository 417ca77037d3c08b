import type { EventDraft } from '../../event-log.js'
import type { MasterContext } from '../../context.js'
import type { Repeats } from '../../repeats.js'

/** What a person should hear of: somebody was refused. */
export interface Refusal {
  /** e.g. `session-refused`. */
  readonly type: string
  readonly subject: string
  readonly message: string
  /** Who was refused, as the audit names it, e.g. `node:board`, or the address alone of somebody unknown. */
  readonly who: string
  readonly source: string
  readonly node?: string
  readonly severity?: EventDraft['severity']
}

/** Writes refusals down as an event and in the audit log: the first of a kind at once, the others counted. Never throws: who is refused is to hear why. */
export interface SecurityNews {
  refused(refusal: Refusal): Promise<void>
}

export function securityNews({ store, log, logger }: Pick<MasterContext, 'store' | 'log' | 'logger'>, repeats: Pick<Repeats, 'isNews'>): SecurityNews {
  return {
    async refused({ type, subject, message, who, source, node, severity = 'warning' }) {
      const event: EventDraft = { severity, type, subject, message, ...(node !== undefined && { node }), fields: { source, security: true } }
      if (!repeats.isNews(`${type} ${subject} ${message}`, event)) return
      logger.warn({ type, subject, source, reason: message }, 'refused')
      try {
        const { mutation, record } = log.draft(event)
        const audit = log.audit({ caller: { who, source }, operation: type, subject, outcome: 'refused', reason: message })
        const result = await store.commit({ mutations: [mutation, audit] })
        if (result.committed) log.announce([record], result.revision)
      } catch (error) {
        logger.warn({ type, subject, source, error }, 'a refusal could not be written down')
      }
    },
  }
}
