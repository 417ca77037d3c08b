import { PiccoloError } from '../../../errors/index.js'
import type { Hello, Timings } from '../../../protocol/index.js'
import { canonicalJson } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import type { EventDraft } from '../../event-log.js'
import type { Repeats } from '../../repeats.js'
import { tables } from '../../tables.js'
import type { Views } from '../../views.js'
import type { Admission } from '../sessions/admit.js'
import { nodeReturn, type Said } from './node-return.js'
import type { SessionRegistry } from '../sessions/session-registry.js'
import { timingsOf } from './timings-of.js'

export interface NodeRegistryOptions {
  readonly sessions: Pick<SessionRegistry, 'lastHeardMs'>
  readonly repeats: Pick<Repeats, 'isNews'>
  readonly timings: Partial<Timings> | undefined
}

/** Who belongs to the cluster: decides whether a proven node is let in. */
export function nodeRegistry(context: MasterContext, views: Pick<Views, 'facts' | 'liveness'>, { sessions, repeats, timings }: NodeRegistryOptions): Admission {
  const { store, log, clock } = context
  return {
    async admit(node, keyFingerprint, signal) {
      // Read from the store, not from a view: a node may come right after its enrolment.
      const record = (await tables.nodes.get(store, node, { signal }))?.value
      if (record === undefined || record.keys.length === 0) {
        throw new PiccoloError('unknown-node', `This master does not know node "${node}". The node keeps what it runs; enrol it again with a token from "piccolo token create --node-id ${node}".`)
      }
      if (!record.keys.includes(keyFingerprint)) {
        throw new PiccoloError('unauthenticated', `Node "${node}" is registered with another key than the one this session proves.`)
      }
      return { timings: timingsOf(record, timings) }
    },
    async remember(hello, signal) {
      const { nodeId: node } = hello
      const said = saidIn(hello)
      const before = views.facts.entries.get(node)?.value
      const changed = before === undefined || canonicalJson(before) !== canonicalJson(said)
      const news = newsOf(nodeReturn(node, before, said, awayMs(node)))
      const mutations = [...(changed ? [tables.facts.put(node, said)] : []), ...(news === undefined ? [] : [news.mutation])]
      if (mutations.length === 0) return
      const result = await store.commit({ mutations }, { signal })
      if (news !== undefined && result.committed) log.announce([news.record], result.revision)
    },
  }

  function newsOf(event: EventDraft | undefined): ReturnType<typeof log.draft> | undefined {
    return event !== undefined && repeats.isNews(`${event.type} ${event.subject}`, event) ? log.draft(event) : undefined
  }

  /** What was called disconnected or lost is told by its phase when it is back. */
  function awayMs(node: string): number | undefined {
    const phase = views.liveness.entries.get(node)?.value.phase
    const lastMs = sessions.lastHeardMs(node)
    return lastMs === undefined || phase === 'disconnected' || phase === 'lost' ? undefined : clock.wallMs() - lastMs
  }
}

/** Only the fields that are kept, in case a later agent says more. */
function saidIn({ agentVersion, stateEpoch, journal, facts }: Hello): Said {
  const { hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId } = facts
  return {
    agentVersion, stateEpoch, incarnation: journal.next.incarnation,
    facts: { hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId },
  }
}
