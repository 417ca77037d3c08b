import { createPublicKey, generateKeyPairSync, type X509Certificate } from 'node:crypto'
import { throwIfAborted, type Logger } from '@piccolo/core/spi'
import { hostNamesOf, sameHostNames } from '../certificate/host-names.js'
import { issuingAnchor } from '../certificate/issuing-anchor.js'
import { checkHostName, masterDnsName, masterUri } from '../certificate/names.js'
import { isFor, serverAuth, urisOf, validityOf } from '../certificate/read-certificate.js'
import type { PrivateFiles } from '../files/private-files.js'
import type { AuthorityKey } from './open-authority.js'
import { loadServer, saveServer, type ServerCertificate } from './server-file.js'
import type { Validity } from './sign-certificate.js'

/** Of the life that was asked for, what a certificate must have left to be handed out again. */
const leastLeft = 1 / 3

export interface ServerRequest extends Validity {
  readonly cluster: string
  readonly names: readonly string[]
}

export interface ServerGround {
  readonly files: PrivateFiles
  readonly authority: AuthorityKey
  readonly logger: Logger
}

/**
 * The master's own certificate: the one of an earlier start if it still is what was asked for, else a new one with a new key, kept for the next start.
 * What is damaged or can't be kept costs a signature, never the start.
 */
export async function serverCertificate(ground: ServerGround, asked: ServerRequest, signal: AbortSignal): Promise<ServerCertificate> {
  const request = { ...asked, names: [...new Set([masterDnsName, ...asked.names])] }
  const kept = await keptServer(ground, signal)
  if (kept !== undefined && serves(kept.leaf, request, ground.authority)) return kept
  const made = await makeServer(request, ground.authority)
  try {
    await saveServer(ground.files, made, signal)
  } catch (error) {
    throwIfAborted(signal)
    ground.logger.warn({ error }, "the master's certificate can't be kept; the next start makes another")
  }
  return made
}

async function keptServer({ files, logger }: ServerGround, signal: AbortSignal): Promise<ServerCertificate | undefined> {
  try {
    return await loadServer(files, signal)
  } catch (error) {
    throwIfAborted(signal)
    logger.warn({ error }, "the master's certificate of an earlier start can't be used; making another")
    return undefined
  }
}

function serves(leaf: X509Certificate, request: ServerRequest, { certificate }: AuthorityKey): boolean {
  return !leaf.ca && isFor(leaf, serverAuth)
    && urisOf(leaf).join() === masterUri(request.cluster)
    && sameHostNames(hostNamesOf(leaf), request.names)
    && lastsFor(leaf, request)
    && issuingAnchor([leaf], [certificate]) !== undefined
}

function lastsFor(leaf: X509Certificate, { notBeforeMs, notAfterMs }: Validity): boolean {
  const own = validityOf(leaf)
  return own.notBeforeMs <= notBeforeMs && own.notAfterMs <= notAfterMs && own.notAfterMs - notBeforeMs >= leastLeft * (notAfterMs - notBeforeMs)
}

async function makeServer({ cluster, names, notBeforeMs, notAfterMs }: ServerRequest, authority: AuthorityKey): Promise<ServerCertificate> {
  names.forEach(checkHostName)
  const { signLeaf } = await import('./signing.js')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const leaf = await signLeaf(authority, {
    publicKey: createPublicKey(privateKey), commonName: masterDnsName, uri: masterUri(cluster), names, usage: serverAuth, notBeforeMs, notAfterMs,
  })
  return { leaf, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}
