import { PiccoloError } from '../../../errors/index.js'
import type { Caller } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { mayPerson, operationRoles, type OperationName } from './role-table.js'

/** Refuses, and writes the refusal to the audit log, unless the caller's role allows the operation. */
export async function demand(caller: Caller, operation: OperationName, subject: string, { store, log }: Pick<MasterContext, 'store' | 'log'>): Promise<void> {
  const { principal } = caller
  if (principal.kind === 'person' && mayPerson(principal.role, operation)) return
  const who = principal.kind === 'person' ? `The role ${principal.role}` : 'A node'
  const reason = `${who} may not ${operation}; it takes the role ${operationRoles[operation]}.`
  await store.commit({ mutations: [log.audit({ caller, operation, subject, outcome: 'refused', reason })] })
  throw new PiccoloError('permission-denied', reason)
}
