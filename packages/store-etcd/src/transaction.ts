import type { ICompare, ITxnRequest, ITxnResponse } from 'etcd3'
import type { CommitRequest, CommitResult, Mutation } from '@piccolo/core/spi'
import type { Keyspace } from './keyspace.js'

/** One transaction: the mutations and the head if every precondition holds, else what the keys are instead. Copies what it is given. */
export function transactionOf({ preconditions, mutations }: CommitRequest, keyspace: Keyspace): ITxnRequest {
  return {
    compare: preconditions.map(({ key, modRevision }): ICompare => (
      { key: keyspace.bytesOf(key), target: 'Mod', result: 'Equal', mod_revision: String(modRevision) }
    )),
    success: [
      ...mutations.map((mutation) => operationOf(mutation, keyspace)),
      { request_put: { key: keyspace.head, value: Buffer.alloc(0) } },
    ],
    failure: preconditions.map(({ key }) => ({ request_range: { key: keyspace.bytesOf(key), keys_only: true } })),
  }
}

export function resultOf({ succeeded, header, responses }: ITxnResponse, preconditions: CommitRequest['preconditions']): CommitResult {
  const revision = BigInt(header.revision)
  if (succeeded) return { committed: true, revision }
  const failed = preconditions.filter(({ modRevision }, index) => BigInt(responses[index]?.response_range.kvs[0]?.mod_revision ?? 0) !== modRevision)
  return { committed: false, failedKeys: failed.map(({ key }) => key), revision }
}

function operationOf(mutation: Mutation, keyspace: Keyspace): NonNullable<ITxnRequest['success']>[number] {
  const key = keyspace.bytesOf(mutation.key)
  if (mutation.type === 'delete') return { request_delete_range: { key } }
  return { request_put: { key, value: Buffer.from(mutation.value) } }
}
