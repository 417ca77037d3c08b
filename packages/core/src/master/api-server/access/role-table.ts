import type { AgentMessage } from '../../../protocol/index.js'
import type { NodeRole } from '../../../model/index.js'
import type { Operations, PersonRole } from '../../../spi/index.js'

// Who may do what, whole. What does not stand here is refused.

/** People and services: one line an operation. A role may do what stands at it and at the roles below: admin, operator, viewer. */
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
  tokens: 'operator',
  approvals: 'operator',
  createToken: 'admin',
  revokeToken: 'admin',
  approve: 'admin',
  deny: 'admin',
  revokeNode: 'admin',
  quarantineNode: 'admin',
  releaseNode: 'admin',
  setNodeRole: 'admin',
  audit: 'admin',
} as const satisfies Record<keyof Operations, PersonRole>

/**
 * Nodes: one line a message of their session, with the roles that may send it. Whatever it says counts for the node that says it and for
 * no other. Nodes may do none of the operations.
 */
export const messageRoles = {
  hello: ['worker', 'monitor', 'gateway'],
  inventory: ['worker', 'monitor', 'gateway'],
  readiness: ['worker', 'monitor', 'gateway'],
  beat: ['worker', 'monitor', 'gateway'],
  held: ['worker', 'monitor', 'gateway'],
  'assign-refused': ['worker', 'monitor', 'gateway'],
  status: ['worker', 'monitor', 'gateway'],
  synced: ['worker', 'monitor', 'gateway'],
  report: ['worker', 'monitor', 'gateway'],
  bye: ['worker', 'monitor', 'gateway'],
  reply: ['worker', 'gateway'],
  signal: ['gateway'],
} as const satisfies Record<AgentMessage['type'], readonly NodeRole[]>

export type OperationName = keyof typeof operationRoles

const rank: Readonly<Record<PersonRole, number>> = { viewer: 0, operator: 1, admin: 2 }

export function mayPerson(role: PersonRole, operation: OperationName): boolean {
  return rank[role] >= rank[operationRoles[operation]]
}

export function mayNode(role: NodeRole, message: AgentMessage['type']): boolean {
  const allowed: readonly NodeRole[] | undefined = messageRoles[message]
  return allowed?.includes(role) ?? false
}
