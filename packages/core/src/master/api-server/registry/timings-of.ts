import { timingProfiles, type Timings } from '../../../protocol/index.js'
import type { NodeRecord } from '../../../model/records/index.js'

/** A node's limits of silence: its own profile, else its type's, else what the master was told for all. */
export function timingsOf(node: Pick<NodeRecord, 'type' | 'profile'> | undefined, forAll: Partial<Timings> | undefined): Timings {
  const profile = node?.profile ?? (node?.type === 'cloud' ? 'cellular' : 'default')
  return { ...timingProfiles[profile], ...forAll }
}
