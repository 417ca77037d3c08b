import { PiccoloError } from '../../errors/index.js'
import type { EventRecord } from '../../model/records/index.js'
import type { AuditEntry } from '../../spi/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'

const mostEntries = 1_000
const usualEntries = 100

/** The last entries of the audit log, oldest first. */
export async function auditTrail({ store }: Pick<MasterContext, 'store'>, { limit = usualEntries, before }: { readonly limit?: number; readonly before?: string }, signal: AbortSignal): Promise<readonly AuditEntry[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > mostEntries) throw new PiccoloError('invalid-argument', `The audit log is read 1 to ${String(mostEntries)} entries at a time.`)
  const page = await tables.audit.page(store, { reverse: true, limit, signal, ...(before !== undefined && { after: before }) })
  return page.entries.map(({ value }) => entryOf(value)).reverse()
}

function entryOf({ id, atMs, type, subject, message, fields }: EventRecord): AuditEntry {
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined)
  const [requestId, traceparent] = [text('requestId'), text('traceparent')]
  const outcome = text('outcome') === 'refused' ? 'refused' : 'done'
  return {
    id, atMs, who: text('who') ?? 'unknown', source: text('source') ?? 'unknown', operation: type, subject, outcome,
    ...(message !== outcome && { reason: message }),
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
  }
}
