import { PiccoloError } from '../../../errors/index.js'
import type { NodeFactsRecord, NodeRecord } from '../../../model/records/index.js'
import type { Hello, Timings } from '../../../protocol/index.js'
import type { Mutation } from '../../../spi/index.js'
import { canonicalJson, type Stored, type StoreReader } from '../../../store/index.js'
import type { SecurityNews } from '../access/security-news.js'
import type { MasterContext } from '../../context.js'
import type { EventDraft } from '../../event-log.js'
import type { Repeats } from '../../repeats.js'
import { tables } from '../../tables.js'
import type { Views } from '../../views.js'
import type { Admission, NodePrincipal } from '../sessions/admit.js'
import type { SessionRegistry } from '../sessions/session-registry.js'
import { bootsWith } from './boots.js'
import { nodeReturn, type Said } from './node-return.js'
import { obstacleTo, refusedKey } from './node-standing.js'
import { timingsOf } from './timings-of.js'

/** How far a node's clock and ours may be apart before its certificate counts as over. */
const clockToleranceMs = 5 * 60_000

/** What a person should hear of. An unknown or refused node dials again and again: each reason is told once, then counted. */
const worthTelling: readonly PiccoloError['code'][] = ['unauthenticated', 'unknown-node', 'revoked', 'quarantined', 'resource-exhausted', 'permission-denied']

export interface NodeRegistryOptions {
  readonly sessions: Pick<SessionRegistry, 'lastHeardMs'>
  readonly repeats: Pick<Repeats, 'isNews'>
  readonly news: SecurityNews
  readonly timings: Partial<Timings> | undefined
}

/** Who belongs to the cluster: decides whether a proven node is let in. */
export function nodeRegistry(context: MasterContext, views: Pick<Views, 'nodes' | 'facts' | 'liveness' | 'caughtUpWith'>, { sessions, repeats, news, timings }: NodeRegistryOptions): Admission {
  const { store, log, clock } = context
  return {
    async admit({ nodeId, keyFingerprint, notAfterMs }, signal) {
      // Read from the store, not from a view: a node may come right after its enrolment.
      const stored = await tables.nodes.get(store, nodeId, { signal })
      const obstacle = obstacleTo(nodeId, stored?.value, keyFingerprint)
      if (stored === undefined || obstacle !== undefined) throw await refusedOr(obstacle, keyFingerprint, signal)
      if (notAfterMs !== undefined && notAfterMs + clockToleranceMs < clock.wallMs()) throw new PiccoloError('expired', `The certificate of node "${nodeId}" is over; its key renews it.`)
      const replaced = olderThan(keyFingerprint, stored.value.keys)
      const revision = replaced.length === 0 ? stored.revision : await settleOn(keyFingerprint, nodeId, signal)
      return { timings: timingsOf(stored.value, timings), revision, role: stored.value.role }
    },
    async remember(hello, principal, { stillNewest, signal }) {
      const before = views.facts.entries.get(hello.nodeId)?.value
      if (before !== undefined && before.facts.bootId === hello.facts.bootId && canonicalJson(before) === canonicalJson(saidIn(hello, principal, before.earlierBoots ?? []))) {
        await tellReturn(hello, before, signal)
        return
      }
      const { result, revision } = await store.update(async (reader) => {
        const stored = (await tables.facts.get(reader, hello.nodeId))?.value
        // After the look, not before: it may take longer than a newer session takes to be let in, and would show that one's word.
        stillNewest(hello.nodeId)
        return remembered(reader, { hello, principal, before: stored })
      }, { signal })
      if (revision === undefined) return
      log.announce(result.announcement, revision)
      if (result.clone === undefined) return
      await views.caughtUpWith([tables.nodes.prefix], revision, signal)
      throw result.clone
    },
    async refused(hello, error, address) {
      const proven = error.details['node']
      const nodeId = typeof proven === 'string' ? proven : hello.nodeId.slice(0, 80)
      if (!worthTelling.includes(error.code)) return
      await news.refused({ type: 'session-refused', subject: `node/${nodeId}`, message: error.message, who: `node:${nodeId}`, source: address, ...(views.nodes.entries.has(nodeId) && { node: nodeId }) })
    },
  }

  async function refusedOr(obstacle: PiccoloError | undefined, key: string, signal: AbortSignal): Promise<PiccoloError> {
    const refused = (await tables.refusedKeys.get(store, key, { signal }))?.value
    return refused === undefined ? (obstacle ?? new PiccoloError('unknown-node', 'This master does not know this node.')) : refusedKey(refused)
  }

  /** Its first session makes a new key the only one of its node. */
  async function settleOn(key: string, node: string, signal: AbortSignal): Promise<bigint> {
    const { result, revision } = await store.update(async (reader) => {
      const stored = await tables.nodes.get(reader, node)
      const obstacle = obstacleTo(node, stored?.value, key)
      if (stored === undefined || obstacle !== undefined) throw obstacle ?? new PiccoloError('conflict', `Node "${node}" was removed meanwhile.`)
      return { mutations: replacing(stored, key), result: stored.revision }
    }, { signal })
    if (revision !== undefined) await views.caughtUpWith([tables.nodes.prefix], revision, signal)
    return revision ?? result
  }

  function replacing({ value }: Stored<NodeRecord>, key: string): readonly Mutation[] {
    const others = olderThan(key, value.keys)
    if (others.length === 0) return []
    const atMs = clock.wallMs()
    return [
      tables.nodes.put(value.id, { ...value, keys: value.keys.slice(others.length) }),
      ...others.map((other) => tables.refusedKeys.put(other, { key: other, node: value.id, why: 'replaced', atMs, by: 'master', reason: 'a board with another key took its place.', workloads: 'keep' })),
    ]
  }

  interface Remembered {
    readonly announcement: Parameters<typeof log.announce>[0]
    readonly clone?: PiccoloError
  }

  interface Heard {
    readonly hello: Hello
    readonly principal: NodePrincipal
    readonly before: NodeFactsRecord | undefined
  }

  async function remembered(reader: StoreReader, { hello, principal, before }: Heard): Promise<{ readonly mutations: readonly Mutation[]; readonly result: Remembered }> {
    const { nodeId: node } = hello
    const boots = bootsWith(before, { key: principal.keyFingerprint, bootId: hello.facts.bootId })
    if (boots.cloned) return quarantined(reader, node)
    const said = saidIn(hello, principal, boots.earlier)
    const news = newsOf(nodeReturn(node, before, said, awayMs(node)))
    return {
      mutations: [tables.facts.put(node, said), ...(news === undefined ? [] : [news.mutation])],
      result: { announcement: news === undefined ? [] : [news.record] },
    }
  }

  /** Two boards with one key: which of them is the right one is not ours to guess. */
  async function quarantined(reader: StoreReader, node: string): Promise<{ readonly mutations: readonly Mutation[]; readonly result: Remembered }> {
    const reason = 'two boards use its key: a boot that another one had followed came back.'
    const stored = await tables.nodes.get(reader, node)
    const clone = new PiccoloError('quarantined', `Node "${node}" is in quarantine: ${reason} It keeps what it runs until a person decides.`)
    if (stored === undefined) throw clone
    const event = log.draft({ severity: 'critical', type: 'identity-cloned', subject: `node/${node}`, node, message: `In quarantine: ${reason} Both keep what they run. Find the copy, then "piccolo revoke node ${node}" and join the right board anew; or "piccolo release node ${node}".`, fields: { security: true } })
    const audit = log.audit({ caller: { service: 'api-server' }, operation: 'quarantineNode', subject: `node/${node}`, outcome: 'done' })
    const standing = { state: 'quarantined' as const, atMs: clock.wallMs(), by: 'master', reason }
    return { mutations: [tables.nodes.put(node, { ...stored.value, standing }), event.mutation, audit], result: { announcement: [event.record], clone } }
  }

  async function tellReturn({ nodeId: node }: Hello, said: Said, signal: AbortSignal): Promise<void> {
    const news = newsOf(nodeReturn(node, said, said, awayMs(node)))
    if (news === undefined) return
    const result = await store.commit({ mutations: [news.mutation] }, { signal })
    if (result.committed) log.announce([news.record], result.revision)
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

/** Those that were let in before this one: keys stand in the order in which they came. */
function olderThan(key: string, keys: readonly string[]): readonly string[] {
  return keys.slice(0, keys.indexOf(key))
}

/** Only the fields that are kept, in case a later agent says more. */
function saidIn({ agentVersion, stateEpoch, journal, facts }: Hello, { keyFingerprint }: NodePrincipal, earlierBoots: readonly string[]): Said {
  const { hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId } = facts
  return {
    agentVersion, stateEpoch, incarnation: journal.next.incarnation,
    facts: { hostname, architecture, os, kernel, cpuCores, memoryBytes, diskBytes, runtime, cgroupVersion, bootId },
    key: keyFingerprint,
    earlierBoots: [...earlierBoots],
  }
}
