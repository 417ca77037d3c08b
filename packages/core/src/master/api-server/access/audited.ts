import { PiccoloError } from '../../../errors/index.js'
import type { Caller, PersonRole } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'

/** Who may do what: one line an operation, deny by default. A role may do what stands at it and at the roles below. */
export const operationRoles = {
  cluster: 'viewer',
  artifacts: 'viewer',
  scenarios: 'viewer',
  packages: 'viewer',
  workloads: 'viewer',
  nodes: 'viewer',
  events: 'viewer',
  signals: 'viewer',
  changes: 'viewer',
  logs: 'viewer',
  apply: 'operator',
  deleteManifest: 'operator',
  deleteArtifact: 'operator',
  publishSignals: 'operator',
  createToken: 'admin',
} as const satisfies Record<string, PersonRole>

export type OperationName = keyof typeof operationRoles

const rank: Readonly<Record<PersonRole, number>> = { viewer: 0, operator: 1, admin: 2 }

/** Refuses, and writes the refusal to the audit log, unless the caller's role allows the operation. */
export async function demand(caller: Caller, operation: OperationName, subject: string, { store, log }: Pick<MasterContext, 'store' | 'log'>): Promise<void> {
  const { principal } = caller
  if (principal.kind === 'person' && rank[principal.role] >= rank[operationRoles[operation]]) return
  const who = principal.kind === 'person' ? `The role ${principal.role}` : 'A node'
  const reason = `${who} may not ${operation}; it takes the role ${operationRoles[operation]}.`
  await store.commit({ mutations: [log.audit({ caller, operation, subject, outcome: 'refused', reason })] })
  throw new PiccoloError('permission-denied', reason)
}
