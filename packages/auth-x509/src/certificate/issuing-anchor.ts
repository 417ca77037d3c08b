import type { X509Certificate } from 'node:crypto'

/** More than any real chain; bounds the work a stranger can cause. */
export const longestChain = 8

/**
 * Follows signatures from the first certificate, over others of the chain, to one of the anchors, and answers that anchor;
 * undefined when there is no such path. Judges signatures, issuer names and the right to sign; neither time nor purpose.
 */
export function issuingAnchor(chain: readonly X509Certificate[], anchors: readonly X509Certificate[]): X509Certificate | undefined {
  let [current, ...unused] = chain.slice(0, longestChain)
  while (current !== undefined) {
    const subject: X509Certificate = current
    const anchor = anchors.find((candidate) => signed(candidate, subject))
    if (anchor !== undefined) return anchor
    current = unused.find((candidate) => signed(candidate, subject))
    unused = unused.filter((candidate) => candidate !== current)
  }
  return undefined
}

/** Whether `issuer` may sign, is named as the subject's issuer, and did sign it. */
export function signed(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}
