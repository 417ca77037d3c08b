import type { ServerTls, TlsIdentity } from '@piccolo/core/spi'
import { manualClock } from '../clock/manual-clock.js'
import { silentLogger } from '../logger/silent-logger.js'
import { seededRandom } from '../random/seeded-random.js'
import { CertificateShelf } from './certificate-shelf.js'
import { certificateRequest } from './certificate-request.js'
import { delegatedNode, forgedNode } from './doubtful-nodes.js'
import { KeptAuthority } from './kept-authority.js'
import { MemoryAuthority } from './memory-authority.js'
import { newKey } from './test-key.js'

export interface TlsMaterialOptions {
  /** Decides every key: another seed is another authority. */
  readonly seed: number
  /** The time that certificates are good at, an hour either way. Default: now. */
  readonly nowMs?: number
}

/** What a cluster's TLS needs, all of it given out by one authority. */
export interface TlsMaterial {
  /** The server's chain ends with the authority's own certificate. */
  readonly server: ServerTls
  /** A second identity of the server's. */
  readonly renewedServer: ServerTls
  readonly node: TlsIdentity
  readonly otherNode: TlsIdentity
  /** Past its end. */
  readonly expiredNode: TlsIdentity
  /** Not valid yet. */
  readonly earlyNode: TlsIdentity
  /** Past its end, and made by `otherNode` as if that were an authority: its chain shows both, and the authority. */
  readonly forgedNode: TlsIdentity
  /** A node of an authority below another one, and that one's certificate. Its own certificate and the one between are past their end. */
  readonly delegated: { readonly authorityPem: string; readonly node: TlsIdentity }
}

const hourMs = 3_600_000

/** Keys and certificates made on the spot, for transports under test. */
export async function tlsMaterial({ seed, nowMs = Date.now() }: TlsMaterialOptions): Promise<TlsMaterial> {
  const { signal } = new AbortController()
  const random = seededRandom(seed)
  const shelf = new CertificateShelf()
  // OpenSSL tells authorities apart by their names, unless certificates carry more than these do.
  const cluster = `material-${seed}`
  const authority = new MemoryAuthority(new KeptAuthority(shelf), shelf, { clock: manualClock(nowMs), random, logger: silentLogger })
  await authority.open({ cluster }, signal)
  const valid = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + hourMs }
  const server = async (): Promise<ServerTls> => ({
    identity: await authority.issueServer({ cluster, names: ['localhost', '127.0.0.1'], ...valid }, signal),
    clientAuthoritiesPem: authority.authoritiesPem,
  })
  const node = async (nodeId: string, validity = valid): Promise<TlsIdentity> => {
    const key = newKey(random)
    const { certificateChainPem } = await authority.issueNode({ cluster, nodeId, csr: certificateRequest(key), ...validity }, signal)
    return { certificateChainPem, privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
  const over = { notBeforeMs: nowMs - 2 * hourMs, notAfterMs: nowMs - hourMs }
  const otherNode = await node('node-2')
  return {
    server: await server(),
    renewedServer: await server(),
    node: await node('node-1'),
    otherNode,
    expiredNode: await node('node-1', over),
    earlyNode: await node('node-1', { notBeforeMs: nowMs + hourMs, notAfterMs: nowMs + 2 * hourMs }),
    forgedNode: forgedNode(otherNode, { nodeId: 'node-1', random, ...over }),
    delegated: delegatedNode({ nodeId: 'node-1', random, ...over }),
  }
}
