import { PiccoloError } from '../../errors/index.js'
import type { SystemFacts, Timings } from '../../protocol/index.js'
import { canonicalJson } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import type { Admission } from './admit.js'
import { timingsOf } from './timings-of.js'

/** Who belongs to the cluster: decides whether a proven node is let in. */
export function nodeRegistry({ store }: MasterContext, views: Pick<Views, 'nodes' | 'facts'>, timings: Partial<Timings> | undefined): Admission {
  return {
    async admit(node, keyFingerprint, signal) {
      // Read from the store, not from a view: a node may come right after its enrolment.
      const record = (await tables.nodes.get(store, node, { signal }))?.value
      if (record === undefined || record.keys.length === 0) {
        throw new PiccoloError('unknown-node', `This master does not know node "${node}". The node keeps what it runs; enrol it again with a token from "piccolo token create --node ${node}".`)
      }
      if (!record.keys.includes(keyFingerprint)) {
        throw new PiccoloError('unauthenticated', `Node "${node}" is registered with another key than the one this session proves.`)
      }
      return { timings: timingsOf(record, timings) }
    },
    async remember(node, { agentVersion, facts }, signal) {
      const said = { agentVersion, facts: plain(facts) }
      const before = views.facts.entries.get(node)?.value
      if (before !== undefined && canonicalJson(before) === canonicalJson(said)) return
      await store.commit({ mutations: [tables.facts.put(node, said)] }, { signal })
    },
  }
}

/** Only the fields that are kept, in case a later agent says more. */
function plain({ hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId }: SystemFacts): SystemFacts {
  return { hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId }
}

