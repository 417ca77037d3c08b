import type { X509Certificate } from 'node:crypto'
import { PiccoloError, type VerifyPeer } from '@piccolo/core/spi'
import { issuingAnchor } from '../certificate/issuing-anchor.js'
import { clusterOfMaster, masterUri } from '../certificate/names.js'
import { fingerprintOf, isFor, readCertificate, serverAuth, urisOf, validityOf } from '../certificate/read-certificate.js'

/** How far the node's idea of time may be off before a certificate counts as expired or not yet valid. */
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

/** After enrolment: signed by a stored authority, named as this cluster's master, valid at `nowMs()` give or take {@link clockToleranceMs}. */
export function verifyKnownMaster(cluster: string, authorities: readonly X509Certificate[], nowMs: () => number): VerifyPeer {
  return (encoded) => {
    const leaf = signedLeaf(encoded.map(readCertificate), authorities)
    if (!urisOf(leaf).includes(masterUri(cluster))) throw refused(`its certificate is not that of the master of cluster "${cluster}"`)
    refuseOutsideValidity(leaf, nowMs())
  }
}

function signedLeaf(chain: readonly X509Certificate[], anchors: readonly X509Certificate[]): X509Certificate {
  const [leaf] = chain
  if (leaf === undefined) throw refused('it presents no certificate')
  if (issuingAnchor(chain, anchors) === undefined) throw refused("its certificate is not signed by the cluster's authority")
  if (leaf.ca || !isFor(leaf, serverAuth)) throw refused('its certificate is not one for servers')
  return leaf
}

function refuseOutsideValidity(leaf: X509Certificate, nowMs: number): void {
  const { notBeforeMs, notAfterMs } = validityOf(leaf)
  // Written out only for a refusal: the first date that V8 writes loads its tables of the world's time zones.
  const now = () => new Date(nowMs).toUTCString()
  // Written so that a time that is not a number is refused, too.
  if (!(nowMs >= notBeforeMs - clockToleranceMs)) throw refused(`its certificate is valid from ${leaf.validFrom} on, and this node takes the time for ${now()}`)
  if (!(nowMs <= notAfterMs + clockToleranceMs)) throw refused(`its certificate expired ${leaf.validTo}, and this node takes the time for ${now()}`)
}

function refused(reason: string): PiccoloError {
  return new PiccoloError('unauthenticated', `The master is not trusted: ${reason}.`)
}
