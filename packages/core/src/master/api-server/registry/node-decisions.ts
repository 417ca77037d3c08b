import { PiccoloError } from '../../../errors/index.js'
import { nodeRoleSchema, type NodeRole } from '../../../model/node-list.js'
import type { NodeRecord } from '../../../model/records/index.js'
import type { Caller, RevokeRequest } from '../../../spi/index.js'
import type { StoreReader } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import { whoOf } from '../../event-log.js'
import { tables } from '../../tables.js'
import type { Views } from '../../views.js'
import type { SessionRegistry } from '../sessions/session-registry.js'
import { revoked, toldToStop, type NodeChange } from './node-revocation.js'
import { obstacleTo } from './node-standing.js'

const longestReason = 500

/** What a person decides about a node that is registered. Open sessions are judged anew as soon as the decision is committed. */
export interface NodeDecisions {
  revoke(caller: Caller, node: string, request: RevokeRequest, signal: AbortSignal): Promise<void>
  quarantine(caller: Caller, node: string, reason: string | undefined, signal: AbortSignal): Promise<void>
  release(caller: Caller, node: string, signal: AbortSignal): Promise<void>
  setRole(caller: Caller, node: string, role: NodeRole, signal: AbortSignal): Promise<void>
}

interface Asked {
  readonly caller: Caller
  readonly operation: string
  readonly node: string
  readonly signal: AbortSignal
}

export function nodeDecisions({ store, log, clock }: MasterContext, views: Pick<Views, 'caughtUpWith'>, sessions: Pick<SessionRegistry, 'get'>): NodeDecisions {
  const decide = async ({ caller, operation, node, signal }: Asked, change: (record: NodeRecord, reader: StoreReader) => NodeChange | Promise<NodeChange>): Promise<void> => {
    const { result, revision } = await store.update(async (reader) => {
      const record = (await tables.nodes.get(reader, node))?.value
      if (record === undefined) throw new PiccoloError('not-found', `There is no node "${node.slice(0, 80)}"; "piccolo get nodes" shows those there are.`)
      const { record: decided, mutations = [], event: said } = await change(record, reader)
      const event = log.draft({ ...said, subject: `node/${node}`, node, fields: { security: true } })
      const audit = log.audit({ caller, operation, subject: `node/${node}`, outcome: 'done' })
      return { mutations: [tables.nodes.put(node, decided), ...mutations, event.mutation, audit], result: { event: event.record, decided } }
    }, { signal })
    if (revision === undefined) return
    log.announce([result.event], revision)
    // Not when the view shows it: a watch that has just broken would give the session some seconds more.
    const obstacle = obstacleTo(node, result.decided, result.decided.keys[0] ?? '')
    if (obstacle !== undefined) sessions.get(node)?.end(obstacle)
    await views.caughtUpWith([tables.nodes.prefix], revision, signal)
  }

  return {
    revoke: (caller, node, request, signal) => decide({ caller, operation: 'revokeNode', node, signal }, (record, reader) => {
      if (request.reason !== undefined) checkReason(request.reason)
      const revoking = { request, by: whoOf(caller), atMs: clock.wallMs() }
      return record.standing?.state === 'revoked' ? toldToStop(record, revoking, reader) : revoked(record, revoking)
    }),
    quarantine: (caller, node, reason = 'a person decided so.', signal) => decide({ caller, operation: 'quarantineNode', node, signal }, (record) => {
      checkReason(reason)
      if (record.standing?.state === 'revoked') throw new PiccoloError('failed-precondition', `Node "${node}" is revoked: nobody gets in with its keys as it is.`)
      const by = whoOf(caller)
      const standing = { state: 'quarantined' as const, atMs: clock.wallMs(), by, reason }
      return { record: { ...record, standing }, event: { severity: 'warning', type: 'node-quarantined', message: `${by} put it into quarantine: ${reason}` } }
    }),
    release: (caller, node, signal) => decide({ caller, operation: 'releaseNode', node, signal }, async ({ standing, ...record }, reader) => {
      if (standing?.state !== 'quarantined') throw new PiccoloError('failed-precondition', `Node "${node}" is not in quarantine.`)
      const facts = (await tables.facts.get(reader, node))?.value
      // What it was quarantined for is settled: its boots are counted anew.
      const forgotten = facts === undefined ? [] : [tables.facts.put(node, { ...facts, earlierBoots: [] })]
      return { record, mutations: forgotten, event: { severity: 'info', type: 'node-released', message: `${whoOf(caller)} released it from quarantine.` } }
    }),
    setRole: (caller, node, role, signal) => decide({ caller, operation: 'setNodeRole', node, signal }, (record) => {
      if (record.source === 'node.yaml') throw new PiccoloError('failed-precondition', `The role of node "${node}" stands in node.yaml; change its "nodeRole" there, which counts at once as well.`)
      if (!nodeRoleSchema.safeParse(role).success) throw new PiccoloError('invalid-argument', `"${role.slice(0, 40)}" is no role of a node; there are worker, monitor and gateway.`)
      return { record: { ...record, role }, event: { severity: 'info', type: 'node-role-changed', message: `${whoOf(caller)} made it a ${role}; it was a ${record.role}.` } }
    }),
  }
}

function checkReason(reason: string): void {
  if (reason.length > 0 && reason.length <= longestReason) return
  throw new PiccoloError('invalid-argument', `A reason has 1 to ${String(longestReason)} characters.`)
}
