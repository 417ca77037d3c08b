import { PiccoloError } from '../../../errors/index.js'
import type { NodeRecord, TokenRecord } from '../../../model/records/index.js'
import { parseJoinToken } from '../../../protocol/join-token.js'
import { commonVersion, protocolVersions, type EnrollReply, type EnrollRequest, type RenewReply, type RenewRequest } from '../../../protocol/index.js'
import type { CertificateAuthority, Peer } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import type { Repeats } from '../../repeats.js'
import { tables } from '../../tables.js'
import { viewIndex } from '../../view-index.js'
import type { Views } from '../../views.js'
import { secretMatches } from './join-token.js'
import { nodeNaming } from './node-naming.js'
import { refusals } from './refusals.js'
import { sameHost } from './same-host.js'

const certificateLifeMs = 90 * 86_400_000
/** A board's clock may be a little behind ours. */
const backdatedMs = 5 * 60_000

export interface Enrolment {
  enroll(request: EnrollRequest, peer: Peer, signal: AbortSignal): Promise<EnrollReply>
  renew(request: RenewRequest, peer: Peer, signal: AbortSignal): Promise<RenewReply>
}

export interface EnrolmentOptions {
  readonly authority: CertificateAuthority
  /** Whether node.yaml decides which embedded nodes may join. */
  readonly listed: boolean
  readonly repeats: Pick<Repeats, 'isNews'>
}

/** Lets nodes in: a token is used up in the commit that registers the node, before anything is signed. */
export function enrolment(context: MasterContext, views: Pick<Views, 'nodes' | 'caughtUpWith'>, { authority, listed, repeats }: EnrolmentOptions): Enrolment {
  const { store, log, clock, digest, cluster } = context
  const refused = refusals(context, repeats)
  const naming = nodeNaming({ listed, nodes: views.nodes, read: async (reader, id) => (await tables.nodes.get(reader, id))?.value })
  const byKey = viewIndex(views.nodes, ({ value }) => value.keys)

  const sign = async (nodeId: string, csr: Uint8Array, signal: AbortSignal): Promise<EnrollReply> => {
    const nowMs = clock.wallMs()
    const issued = await authority.issueNode({ cluster, nodeId, csr, notBeforeMs: nowMs - backdatedMs, notAfterMs: nowMs + certificateLifeMs }, signal)
    return { cluster, nodeId, certificateChainPem: issued.certificateChainPem, authoritiesPem: authority.authoritiesPem }
  }

  return {
    async enroll(request, peer, signal) {
      speakable(request)
      const { id, secret } = parseJoinToken(request.token)
      const { keyFingerprint } = await authority.readCsr(request.csr)
      try {
        const { result, revision } = await store.update(async (reader) => {
          const token = (await tables.tokens.get(reader, id))?.value
          checkToken(token, secret)
          const node = await naming.nodeFor(token, request, reader)
          checkAddress(node, peer)
          const registered: NodeRecord = { ...node, keys: [...node.keys, keyFingerprint], registeredAtMs: clock.wallMs() }
          const event = log.draft({ severity: 'info', type: 'node-registered', subject: `node/${node.id}`, node: node.id, message: `Joined as ${node.type} ${node.role} with token ${id}.` })
          return {
            mutations: [
              tables.tokens.put(id, { ...token, used: { nodeId: node.id, key: keyFingerprint, atMs: clock.wallMs() } }),
              tables.nodes.put(node.id, registered),
              event.mutation,
              log.audit({ caller: { node: node.id, source: peer.address }, operation: 'enroll', subject: `node/${node.id}`, outcome: 'done' }),
            ],
            result: { nodeId: node.id, record: event.record },
          }
        }, { signal })
        if (revision !== undefined) {
          log.announce([result.record], revision)
          await views.caughtUpWith([tables.nodes.prefix], revision, signal)
        }
        return await sign(result.nodeId, request.csr, signal)
      } catch (error) {
        await refused.record(error, id, peer)
        throw error
      }
    },

    async renew(request, peer, signal) {
      speakable(request)
      const { keyFingerprint } = await authority.readCsr(request.csr)
      const node = await registeredWith(keyFingerprint, signal)
      if (node === undefined) throw new PiccoloError('unauthenticated', 'This key is not registered here; enrol with a token from "piccolo token create".')
      await store.commit({ mutations: [log.audit({ caller: { node: node.id, source: peer.address }, operation: 'renew', subject: `node/${node.id}`, outcome: 'done' })] }, { signal })
      return sign(node.id, request.csr, signal)
    },
  }

  /** Only an enrolment whose outcome was unknown can be missing in the view: then it is looked at again, once it shows all there is. */
  async function registeredWith(key: string, signal: AbortSignal): Promise<NodeRecord | undefined> {
    if (byKey.get(key).size === 0) {
      const { revision } = await tables.nodes.page(store, { limit: 1, signal })
      await views.caughtUpWith([tables.nodes.prefix], revision, signal)
    }
    const [id] = byKey.get(key).keys()
    const node = id === undefined ? undefined : (await tables.nodes.get(store, id, { signal }))?.value
    return node?.keys.includes(key) === true ? node : undefined
  }

  function checkToken(token: TokenRecord | undefined, secret: string): asserts token is TokenRecord {
    if (token === undefined || !secretMatches(digest, { id: token.id, secret }, token.secretHash)) {
      throw new PiccoloError('unauthenticated', 'This master knows no such join token; make one with "piccolo token create".')
    }
    if (token.used !== undefined) throw new PiccoloError('unauthenticated', 'This join token has been used; each is for one node. Make another with "piccolo token create".')
    if (token.expiresAtMs <= clock.wallMs()) throw new PiccoloError('unauthenticated', 'This join token has expired; make another with "piccolo token create".')
  }
}

function speakable({ versions }: { readonly versions: EnrollRequest['versions'] }): void {
  if (commonVersion(versions, protocolVersions) !== undefined) return
  throw new PiccoloError('unsupported', `The agent speaks protocol ${String(versions.min)}–${String(versions.max)}, this master ${String(protocolVersions.min)}–${String(protocolVersions.max)}; update the older one.`)
}

function checkAddress(node: NodeRecord, peer: Peer): void {
  if (node.ip === undefined || sameHost(hostOf(peer.address), node.ip)) return
  throw new PiccoloError('permission-denied', `node.yaml lets node "${node.id}" join from ${node.ip} only.`)
}

/** `10.0.0.7:51234` or `[fd00::7]:51234` without the port. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
