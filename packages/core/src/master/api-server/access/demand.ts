import { PiccoloError } from '../../../errors/index.js'
import type { Caller, Clock } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { whoOf } from '../../event-log.js'
import { allowance } from './allowance.js'
import { mayPerson, operationRoles, type OperationName } from './role-table.js'
import type { SecurityNews } from './security-news.js'

/** Refusals of one caller that are written down one by one; what comes faster is told once and then counted. */
const writtenDown = { burst: 50, everyMs: 60_000 }
/** Callers told apart at a time; who is refused by then is counted from anew. */
const mostCallers = 1_000
const longestSubject = 200

/** Refuses, and writes the refusal to the audit log, unless the caller's role allows the operation. */
export type Demand = (caller: Caller, operation: OperationName, subject?: string) => Promise<void>

export function demand({ store, log, clock }: Pick<MasterContext, 'store' | 'log' | 'clock'>, news: SecurityNews): Demand {
  const mayWrite = allowances(clock)
  return async (caller, operation, subject = operation) => {
    const { principal, source } = caller
    if (principal.kind === 'person' && mayPerson(principal.role, operation)) return
    const who = principal.kind === 'person' ? `The role ${principal.role}` : 'A node'
    const reason = `${who} may not do "${operation}"; it takes the role ${operationRoles[operation]}.`
    const told = subject.slice(0, longestSubject)
    if (mayWrite(whoOf(caller))) await store.commit({ mutations: [log.audit({ caller, operation, subject: told, outcome: 'refused', reason })] })
    else await news.refused({ type: 'operations-refused', subject: whoOf(caller), message: 'It is refused one operation after the other.', who: whoOf(caller), source })
    throw new PiccoloError('permission-denied', reason)
  }
}

function allowances(clock: Clock): (who: string) => boolean {
  const callers = new Map<string, () => boolean>()
  return (who) => {
    const may = callers.get(who) ?? allowance(clock, writtenDown)
    if (callers.size >= mostCallers) callers.clear()
    callers.set(who, may)
    return may()
  }
}
