import { PiccoloError } from '../../../errors/index.js'
import type { NodeRecord, RefusedKeyRecord } from '../../../model/records/index.js'
import type { Mutation, RevokeRequest } from '../../../spi/index.js'
import type { StoreReader } from '../../../store/index.js'
import type { EventDraft } from '../../event-log.js'
import { tables } from '../../tables.js'

/** What a person's decision comes to. */
export interface NodeChange {
  /** What the registration is from now on. */
  readonly record: NodeRecord
  /** What goes with it. */
  readonly mutations?: readonly Mutation[]
  readonly event: Pick<EventDraft, 'severity' | 'type' | 'message'>
}

export interface Revoking {
  readonly request: RevokeRequest
  readonly by: string
  readonly atMs: number
}

/** Takes trust away from every key of a node. */
export function revoked(record: NodeRecord, { request, by, atMs }: Revoking): NodeChange {
  const { id: node, keys } = record
  const { workloads = 'keep', reason = 'a person decided so.' } = request
  if (keys.length === 0) throw new PiccoloError('failed-precondition', `Node "${node}" has no key that could be revoked. To keep it from joining, revoke its token: "piccolo token revoke <id>".`)
  const refused = keys.map((key): RefusedKeyRecord => ({ key, node, why: 'revoked', atMs, by, reason, workloads }))
  return {
    record: { ...record, keys: [], standing: { state: 'revoked', atMs, by, reason, workloads } },
    // Whatever waited for a person with one of these keys is decided, too.
    mutations: refused.flatMap((key) => [tables.refusedKeys.put(key.key, key), tables.approvals.delete(key.key)]),
    event: { severity: 'warning', type: 'node-revoked', message: `${by} revoked its keys: ${reason} Its workloads ${workloads === 'stop' ? 'are stopped as soon as it hears of it' : 'run on'}.` },
  }
}

/**
 * Tells a node to stop that was revoked and left to run on. There is no way back: what has stopped does not start again by a word to a
 * board that nobody trusts. Meant is the board that was revoked last under this name.
 */
export async function toldToStop(record: NodeRecord, { request, by }: Revoking, reader: StoreReader): Promise<NodeChange> {
  const { id: node, standing } = record
  if (standing === undefined || standing.workloads === 'stop' || request.workloads !== 'stop') throw new PiccoloError('failed-precondition', `Node "${node}" is revoked already: ${standing?.reason ?? ''} ${whatStands(node, standing?.workloads)}`)
  const said = { workloads: 'stop' as const, ...(request.reason !== undefined && { reason: request.reason, by }) }
  const { entries } = await tables.refusedKeys.list(reader)
  const own = entries.filter(({ value: { why, node: holder, atMs } }) => why === 'revoked' && holder === node && atMs === standing.atMs)
  return {
    record: { ...record, standing: { ...standing, ...said } },
    mutations: own.map(({ id, value }) => tables.refusedKeys.put(id, { ...value, ...said })),
    event: { severity: 'warning', type: 'node-told-to-stop', message: `${by} wants the workloads of this revoked node stopped after all: ${request.reason ?? standing.reason} They are as soon as it hears of it.` },
  }
}

function whatStands(node: string, workloads: 'keep' | 'stop' = 'keep'): string {
  if (workloads === 'stop') return 'It is told to stop its workloads, which stands.'
  return `Its workloads run on; "piccolo revoke node ${node} --stop-workloads" has them stopped as well.`
}
