import { describeWith, type Needs } from '../../../../../tooling/vitest/needs.js'
import type { ClusterStore } from './test-cluster.js'

/** The same tests with the master's state in its directory and in etcd. */
export function overEachStore(needs: Needs, title: string, body: (store: ClusterStore) => void): void {
  describeWith(needs, title, () => body('embedded'))
  describeWith({ ...needs, etcd: true }, `${title}, over etcd`, () => body('etcd'))
}
