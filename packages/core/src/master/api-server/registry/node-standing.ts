import { PiccoloError } from '../../../errors/index.js'
import type { NodeRecord, RefusedKeyRecord } from '../../../model/records/index.js'

/** Why a node that has proven this key is not let in, by its registration; undefined = it is. Whether the key was refused is asked beside it. */
export function obstacleTo(node: string, record: NodeRecord | undefined, keyFingerprint: string): PiccoloError | undefined {
  if (record?.standing?.state === 'revoked') return refusedKey({ node, why: 'revoked', reason: record.standing.reason, workloads: record.standing.workloads ?? 'keep' })
  if (record === undefined || record.keys.length === 0) {
    return new PiccoloError('unknown-node', `This master does not know node "${node}". The node keeps what it runs; enrol it again with a token from "piccolo token create --node-id ${node}".`)
  }
  if (!record.keys.includes(keyFingerprint)) {
    return new PiccoloError('unauthenticated', `Node "${node}" is registered with another key than the one this session proves.`)
  }
  if (record.standing === undefined) return undefined
  return new PiccoloError('quarantined', `Node "${node}" is in quarantine: ${record.standing.reason} It keeps what it runs until a person decides.`)
}

/** What the holder of a refused key is told. */
export function refusedKey({ node, why, reason, workloads }: Pick<RefusedKeyRecord, 'node' | 'why' | 'reason' | 'workloads'>): PiccoloError {
  const said = { revoked: 'was revoked', denied: 'was not let in', replaced: 'was replaced by another one' }[why]
  return new PiccoloError('revoked', `The key of node "${node}" ${said}: ${reason} To join again, this board needs a new key: move the state directory of its agent away and start it with a new token.`, { details: { workloads } })
}
