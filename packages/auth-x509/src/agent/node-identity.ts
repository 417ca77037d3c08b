import type { X509Certificate } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import { issuingAnchor } from '../certificate/issuing-anchor.js'
import { nodeUri } from '../certificate/names.js'
import { clientAuth, fingerprintOf, isFor, readCertificate, readChain, urisOf } from '../certificate/read-certificate.js'

/** What the master answers to enrol and renew, and what is kept of it. */
export interface IssuedIdentity {
  readonly cluster: string
  readonly nodeId: string
  readonly certificateChainPem: string
  readonly authoritiesPem: readonly string[]
}

/** The same, read and found to hold together. */
export interface NodeIdentity {
  readonly issued: IssuedIdentity
  readonly leaf: X509Certificate
  readonly authorities: readonly X509Certificate[]
  /** The keys that vouch for the certificate: that of the authority it leads to, and of every older one on the way. SHA-256, hex. */
  readonly vouchers: ReadonlySet<string>
}

/** Reads an identity and checks that it is about our key, carries the names it claims and is signed by its authorities. `unauthenticated` says what is wrong. */
export function readIdentity(issued: IssuedIdentity, keyFingerprint: string): NodeIdentity {
  const chain = readChain(issued.certificateChainPem)
  const authorities = issued.authoritiesPem.map(readCertificate)
  const [leaf] = chain
  if (leaf === undefined) throw refused('it holds no certificate')
  if (fingerprintOf(leaf.publicKey) !== keyFingerprint) throw refused("it is about another key than this node's")
  if (leaf.ca || !isFor(leaf, clientAuth)) throw refused('its certificate is not one for nodes')
  if (!urisOf(leaf).includes(nodeUri(issued.cluster, issued.nodeId))) throw refused(`its certificate does not name node "${issued.nodeId}" of cluster "${issued.cluster}"`)
  if (issuingAnchor(chain, authorities) === undefined) throw refused('its certificate is not signed by the authorities that came with it')
  return { issued, leaf, authorities, vouchers: vouchersOf(chain, authorities) }
}

function vouchersOf(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): ReadonlySet<string> {
  const candidates = [...chain.slice(1), ...authorities]
  return new Set(candidates.filter((candidate) => issuingAnchor(chain, [candidate]) !== undefined).map(({ publicKey }) => fingerprintOf(publicKey)))
}

function refused(reason: string): PiccoloError {
  return new PiccoloError('unauthenticated', `The identity given to this node does not hold: ${reason}.`)
}
