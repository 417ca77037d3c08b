import type { X509Certificate } from 'node:crypto'
import { PiccoloError, type VerifyPeer } from '@piccolo/core/spi'
import { issuingAnchor } from '../certificate/issuing-anchor.js'
import { clusterOfMaster, masterUri } from '../certificate/names.js'
import { fingerprintOf, isFor, readCertificate, serverAuth, urisOf, validityOf } from '../certificate/read-certificate.js'

/** How long after its end a certificate still counts: clocks are never quite the same. */
export const clockToleranceMs = 5 * 60_000

/**
 * Before enrolment: the presented chain must hold an authority whose key is the pinned one, and it must have signed a master's
 * certificate. That the other side holds the key of that certificate is proven by TLS itself. Time is not judged: a new board
 * may not know it, and the pin is proof enough.
 */
export function verifyPinnedMaster(pin: string): VerifyPeer {
  return (encoded) => {
    const chain = encoded.map(readCertificate)
    const pinned = chain.slice(1).filter((certificate) => fingerprintOf(certificate.publicKey) === pin)
    if (pinned.length === 0) throw refused('it does not present the authority that the join token names. The token belongs to another cluster, or somebody is in between')
    const leaf = signedLeaf(chain, pinned)
    if (!urisOf(leaf).some((uri) => clusterOfMaster(uri) !== undefined)) throw refused('its certificate is not that of a master')
  }
}

/**
 * After enrolment: leads to a stored authority, is named as this cluster's master, and had not expired {@link clockToleranceMs} before the earliest time it
 * can be. When it begins is not judged: a board that was switched off, or a master whose clock had run ahead, would be locked out, and nobody kept out.
 */
export function verifyKnownMaster(cluster: string, authorities: readonly X509Certificate[], earliestMs: () => number): VerifyPeer {
  return (encoded) => {
    const leaf = signedLeaf(encoded.map(readCertificate), authorities)
    if (!urisOf(leaf).includes(masterUri(cluster))) throw refused(`its certificate is not that of the master of cluster "${cluster}"`)
    refuseExpired(leaf, earliestMs())
  }
}

function signedLeaf(chain: readonly X509Certificate[], anchors: readonly X509Certificate[]): X509Certificate {
  const [leaf] = chain
  if (leaf === undefined) throw refused('it presents no certificate')
  if (issuingAnchor(chain, anchors) === undefined) throw refused("its certificate is not signed by the cluster's authority")
  if (leaf.ca || !isFor(leaf, serverAuth)) throw refused('its certificate is not one for servers')
  return leaf
}

function refuseExpired(leaf: X509Certificate, earliestMs: number): void {
  // Written so that a time that is not a number is refused, too.
  if (earliestMs <= validityOf(leaf).notAfterMs + clockToleranceMs) return
  // Written out only for a refusal: the first date that V8 writes loads its tables of the world's time zones.
  throw refused(`its certificate expired ${leaf.validTo}, and for this node it is ${new Date(earliestMs).toUTCString()} at the earliest`)
}

function refused(reason: string): PiccoloError {
  return new PiccoloError('unauthenticated', `The master is not trusted: ${reason}.`)
}
