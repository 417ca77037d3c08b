import type { ApprovalView } from '@piccolo/core/spi'
import { age } from '../text/age.js'
import { resourceKind } from './resource-kind.js'

/** So much of a key tells it from any other. */
const keyLetters = 12

const reasons: Readonly<Record<ApprovalView['reason'], string>> = {
  manual: 'every new node is approved here',
  'other-key': 'the node has another key',
  expired: 'it was away for too long',
}

/** Boards that wait for `piccolo approve` or `piccolo deny`. */
export const approvals = resourceKind<ApprovalView>({
  plural: 'approvals',
  singular: 'approval',
  list: (client, signal) => client.approvals({ signal }),
  nameOf: ({ node }) => node,
  columns: (nowMs) => [
    { title: 'NODE', value: ({ node }) => node },
    { title: 'KEY', value: ({ key }) => key.slice(0, keyLetters) },
    { title: 'HOST NAME', value: ({ hostname = '' }) => hostname },
    { title: 'ADDRESS', value: ({ address }) => address },
    { title: 'WAITS', value: ({ requestedAtMs }) => age(nowMs - requestedAtMs) },
    { title: 'TOKEN', value: ({ token = '' }) => token, wide: true },
    { title: 'BECAUSE', value: ({ reason }) => reasons[reason], elastic: true },
  ],
})
