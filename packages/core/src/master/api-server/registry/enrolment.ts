import { PiccoloError } from '../../../errors/index.js'
import type { ApprovalRecord, NodeRecord, TokenRecord } from '../../../model/records/index.js'
import { parseJoinToken } from '../../../protocol/join-token.js'
import { commonVersion, protocolVersions, type EnrollReply, type EnrollRequest, type RenewReply, type RenewRequest } from '../../../protocol/index.js'
import type { CertificateAuthority, Mutation, Peer } from '../../../spi/index.js'
import type { StoreReader } from '../../../store/index.js'
import { hostOf, type AttemptLimits } from '../access/attempt-limits.js'
import type { FailedProofs } from '../access/failed-proofs.js'
import type { SecurityNews } from '../access/security-news.js'
import { workGate, type WorkGate } from '../access/work-gate.js'
import type { MasterContext } from '../../context.js'
import { backdatedMs } from '../../master-options.js'
import { tables } from '../../tables.js'
import { viewIndex } from '../../view-index.js'
import type { Views } from '../../views.js'
import { withinRange } from './address-range.js'
import { secretMatches } from './join-token.js'
import { nodeNaming } from './node-naming.js'
import { obstacleTo, refusedKey } from './node-standing.js'
import { refusals } from './refusals.js'
import { sameHost } from './ip-address.js'

/** How long after the end of its certificate a node gets another by its key alone. */
const renewableMs = 180 * 86_400_000
/** Signing is work for the processor; sessions are to have their turns between two. */
const crowd = { atOnce: 4, mostWaiting: 4_096 }
/** Who comes from an address that is locked out may yet prove itself, but takes nobody's turn. */
const suspects = { atOnce: 1, mostWaiting: 64 }

export interface Enrolment {
  enroll(request: EnrollRequest, peer: Peer, signal: AbortSignal): Promise<EnrollReply>
  renew(request: RenewRequest, peer: Peer, signal: AbortSignal): Promise<RenewReply>
}

export interface EnrolmentOptions {
  readonly authority: CertificateAuthority
  /** Whether node.yaml decides which embedded nodes may join. */
  readonly listed: boolean
  /** Whether a person approves each node that joins. */
  readonly manual: boolean
  readonly limits: AttemptLimits
  readonly failures: FailedProofs
  readonly news: SecurityNews
  /** Certificates are made out from here on: never before a time that nodes have been told. */
  readonly issueFromMs: () => number
  readonly lifeMs: number
}

/** What became of an attempt to join. */
interface Joined {
  readonly nodeId: string
  readonly announcement: Parameters<MasterContext['log']['announce']>[0]
  /** Absent: it is in. */
  readonly waits?: PiccoloError
}

/** Lets nodes in: a token is used up in the commit that registers the node, before anything is signed. */
export function enrolment(context: MasterContext, views: Pick<Views, 'nodes' | 'tokens' | 'caughtUpWith'>, options: EnrolmentOptions): Enrolment {
  const { store, log, clock, digest, cluster } = context
  const { authority, listed, manual, limits, issueFromMs, lifeMs } = options
  const refused = refusals(context, options)
  const gate = workGate(crowd)
  const narrowGate = workGate(suspects)
  const gateFor = ({ address }: Peer): WorkGate => (limits.isLockedOut(address) ? narrowGate : gate)
  const naming = nodeNaming({ listed, nodes: views.nodes, read: async (reader, id) => (await tables.nodes.get(reader, id))?.value })
  const byKey = viewIndex(views.nodes, ({ value }) => value.keys)

  const sign = async (nodeId: string, csr: Uint8Array, notAfterMs: number, signal: AbortSignal): Promise<EnrollReply> => {
    const issued = await authority.issueNode({ cluster, nodeId, csr, notBeforeMs: clock.wallMs() - backdatedMs(lifeMs), notAfterMs }, signal)
    return { cluster, nodeId, certificateChainPem: issued.certificateChainPem, authoritiesPem: authority.authoritiesPem }
  }
  const endOfLife = (): number => issueFromMs() + lifeMs

  return {
    async enroll(request, peer, signal) {
      speakable(request)
      const { id, secret } = parseJoinToken(request.token)
      const known = views.tokens.entries.get(id)?.value
      if (known === undefined || !isSecretOf(known, secret)) limits.refuseLockedOut(peer.address)
      return gateFor(peer).run(async () => {
        const notAfterMs = endOfLife()
        try {
          const { keyFingerprint } = await authority.readCsr(request.csr)
          const { result, revision } = await store.update((reader) => join(reader, { request, peer, id, secret, keyFingerprint, notAfterMs }), { signal })
          if (revision !== undefined) {
            log.announce(result.announcement, revision)
            await views.caughtUpWith([tables.nodes.prefix, tables.tokens.prefix], revision, signal)
          }
          if (result.waits !== undefined) throw result.waits
          return await sign(result.nodeId, request.csr, notAfterMs, signal)
        } catch (error) {
          await refused.record({ what: 'enrolment', peer, error, tokenId: id })
          throw error
        }
      }, signal)
    },

    async renew(request, peer, signal) {
      speakable(request)
      return gateFor(peer).run(async () => {
        try {
          const { keyFingerprint } = await authority.readCsr(request.csr)
          const nodeId = await registeredWith(keyFingerprint, peer, signal)
          const notAfterMs = endOfLife()
          const { result, revision } = await store.update((reader) => prolong(reader, { nodeId, keyFingerprint, notAfterMs, peer }), { signal })
          if (revision !== undefined) log.announce(result.announcement, revision)
          if (result.waits !== undefined) throw result.waits
          return await sign(nodeId, request.csr, notAfterMs, signal)
        } catch (error) {
          await refused.record({ what: 'renewal', peer, error })
          throw error
        }
      }, signal)
    },
  }

  interface Application {
    readonly request: EnrollRequest
    readonly peer: Peer
    readonly id: string
    readonly secret: string
    readonly keyFingerprint: string
    readonly notAfterMs: number
  }

  async function join(reader: StoreReader, { request, peer, id, secret, keyFingerprint, notAfterMs }: Application): Promise<{ mutations: readonly Mutation[]; result: Joined }> {
    const token = (await tables.tokens.get(reader, id))?.value
    checkToken(token, { secret, keyFingerprint })
    checkRange(token, peer)
    const refusal = (await tables.refusedKeys.get(reader, keyFingerprint))?.value
    if (refusal !== undefined) throw refusedKey(refusal)
    const named = await naming.nodeFor(token, request, reader)
    checkAddress(named.registration, peer)
    const [other] = byKey.get(keyFingerprint).keys()
    if (other !== undefined) throw new PiccoloError('conflict', `This board is node "${other}" already; its key is its proof.`)
    const used = tables.tokens.put(id, { ...token, used: { nodeId: named.registration.id, key: keyFingerprint, atMs: clock.wallMs() } })
    const reason = named.taken ? 'other-key' : manual ? 'manual' : undefined
    if (reason !== undefined) {
      const waiting = wait({ key: keyFingerprint, registration: named.registration, reason, token: id, hostname: request.facts.hostname, peer })
      return { ...waiting, mutations: [used, ...waiting.mutations] }
    }
    return registerNow({ node: named.registration, keyFingerprint, notAfterMs, used, id, peer })
  }

  function registerNow({ node, keyFingerprint, notAfterMs, used, id, peer }: { readonly node: NodeRecord; readonly keyFingerprint: string; readonly notAfterMs: number; readonly used: Mutation; readonly id: string; readonly peer: Peer }): { mutations: readonly Mutation[]; result: Joined } {
    const { standing: _, ...registration } = node
    const registered: NodeRecord = { ...registration, keys: [keyFingerprint], registeredAtMs: clock.wallMs(), certifiedUntilMs: notAfterMs }
    const event = log.draft({ severity: 'info', type: 'node-registered', subject: `node/${node.id}`, node: node.id, message: `Joined as ${node.type} ${node.role} with token ${id}.` })
    const audit = log.audit({ caller: { node: node.id, source: peer.address }, operation: 'enroll', subject: `node/${node.id}`, outcome: 'done' })
    return { mutations: [used, tables.nodes.put(node.id, registered), event.mutation, audit], result: { nodeId: node.id, announcement: [event.record] } }
  }

  /** Puts a key before a person. */
  function wait({ key, registration, reason, peer, ...more }: { readonly key: string; readonly registration: NodeRecord; readonly reason: ApprovalRecord['reason']; readonly token?: string; readonly hostname?: string | undefined; readonly peer: Peer }): { mutations: readonly Mutation[]; result: Joined } {
    const { id } = registration
    const record: ApprovalRecord = { key, node: id, reason, requestedAtMs: clock.wallMs(), address: peer.address, registration, ...more }
    const event = log.draft({ severity: 'warning', type: 'approval-wanted', subject: `node/${id}`, node: id, message: `${whyItWaits[reason](id)} Its key begins with ${key.slice(0, 16)}.`, fields: { key, source: peer.address, security: true } })
    // Not by the node of that name: that is what a person is to decide.
    const audit = log.audit({ caller: { who: `key:${key.slice(0, 16)}`, source: peer.address }, operation: 'ask-approval', subject: `node/${id}`, outcome: 'done' })
    return { mutations: [tables.approvals.put(key, record), event.mutation, audit], result: { nodeId: id, announcement: [event.record], waits: pending(id) } }
  }

  async function prolong(reader: StoreReader, { nodeId, keyFingerprint, notAfterMs, peer }: { readonly nodeId: string; readonly keyFingerprint: string; readonly notAfterMs: number; readonly peer: Peer }): Promise<{ mutations: readonly Mutation[]; result: Joined }> {
    const node = (await tables.nodes.get(reader, nodeId))?.value
    const obstacle = obstacleTo(nodeId, node, keyFingerprint)
    if (obstacle !== undefined || node === undefined) throw obstacle ?? pending(nodeId)
    if (node.certifiedUntilMs !== undefined && node.certifiedUntilMs + renewableMs < clock.wallMs()) {
      if ((await tables.approvals.get(reader, keyFingerprint)) !== undefined) throw pending(nodeId)
      return wait({ key: keyFingerprint, registration: node, reason: 'expired', peer })
    }
    // Who asks again at once gets its certificate; registration and audit have heard of it.
    if (node.certifiedUntilMs !== undefined && Math.abs(notAfterMs - node.certifiedUntilMs) < lifeMs / 20) return { mutations: [], result: { nodeId, announcement: [] } }
    const audit = log.audit({ caller: { node: nodeId, source: peer.address }, operation: 'renew', subject: `node/${nodeId}`, outcome: 'done' })
    return { mutations: [tables.nodes.put(nodeId, { ...node, certifiedUntilMs: notAfterMs }), audit], result: { nodeId, announcement: [] } }
  }

  /** The name of the node with this key. Only an enrolment whose outcome was unknown can be missing in the view: then it is looked at again, once it shows all there is. */
  async function registeredWith(key: string, peer: Peer, signal: AbortSignal): Promise<string> {
    const inView = byKey.get(key).keys().next().value
    if (inView !== undefined) return inView
    const refusal = (await tables.refusedKeys.get(store, key, { signal }))?.value
    if (refusal !== undefined) throw refusedKey(refusal)
    const waiting = (await tables.approvals.get(store, key, { signal }))?.value
    if (waiting !== undefined) throw pending(waiting.node)
    limits.refuseLockedOut(peer.address)
    const { revision } = await tables.nodes.page(store, { limit: 1, signal })
    await views.caughtUpWith([tables.nodes.prefix], revision, signal)
    const late = byKey.get(key).keys().next().value
    if (late === undefined) throw new PiccoloError('unauthenticated', 'This key is not registered here; enrol with a token from "piccolo token create".')
    return late
  }

  function isSecretOf(token: TokenRecord, secret: string): boolean {
    return secretMatches(digest, { id: token.id, secret }, token.secretHash)
  }

  function checkToken(token: TokenRecord | undefined, { secret, keyFingerprint }: { readonly secret: string; readonly keyFingerprint: string }): asserts token is TokenRecord {
    if (token === undefined || !isSecretOf(token, secret)) throw new PiccoloError('unauthenticated', 'This master knows no such join token; make one with "piccolo token create".')
    // Its answer was lost, or a person has yet to decide: the way on is `renew`.
    if (token.used?.key === keyFingerprint) throw new PiccoloError('conflict', 'This board has used its join token already; its key is its proof from now on.')
    if (token.used !== undefined) throw new PiccoloError('unauthenticated', 'This join token has been used; each is for one node. Make another with "piccolo token create".')
    if (token.revoked !== undefined) throw new PiccoloError('unauthenticated', 'This join token has been taken back; make another with "piccolo token create".')
    if (token.expiresAtMs <= clock.wallMs()) throw new PiccoloError('unauthenticated', 'This join token has expired; make another with "piccolo token create".')
  }
}

const whyItWaits: Readonly<Record<ApprovalRecord['reason'], (node: string) => string>> = {
  manual: (node) => `A board wants to join as "${node}". Let it in with "piccolo approve ${node}", or turn it away with "piccolo deny ${node}".`,
  'other-key': (node) => `A board with another key wants to be "${node}", which goes on unharmed. If its board was replaced: "piccolo approve ${node}"; if not: "piccolo deny ${node}".`,
  expired: (node) => `"${node}" is back after its certificate had been over for more than 180 days. Let it in with "piccolo approve ${node}", or turn it away with "piccolo deny ${node}".`,
}

function pending(node: string): PiccoloError {
  return new PiccoloError('pending', `A person has to approve that this board joins as "${node}": "piccolo approve ${node}" on the master's side. The board tries again by itself.`)
}

function speakable({ versions }: { readonly versions: EnrollRequest['versions'] }): void {
  if (commonVersion(versions, protocolVersions) !== undefined) return
  throw new PiccoloError('unsupported', `The agent speaks protocol ${String(versions.min)}–${String(versions.max)}, this master ${String(protocolVersions.min)}–${String(protocolVersions.max)}; update the older one.`)
}

function checkAddress(node: NodeRecord, peer: Peer): void {
  if (node.ip === undefined || sameHost(hostOf(peer.address), node.ip)) return
  throw new PiccoloError('permission-denied', `node.yaml lets node "${node.id}" join from ${node.ip} only.`)
}

function checkRange({ addresses }: TokenRecord, peer: Peer): void {
  const host = hostOf(peer.address)
  if (addresses === undefined || addresses.some((range) => withinRange(host, range))) return
  throw new PiccoloError('permission-denied', `This join token may be used from ${addresses.join(', ')} only, and this board calls from ${host}.`)
}

