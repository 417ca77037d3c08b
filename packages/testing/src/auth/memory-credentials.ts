import type { KeyObject, X509Certificate } from 'node:crypto'
import {
  parseJoinToken, PiccoloError, throwIfAborted, type EnrolledIdentity, type NodeCredentials, type NodeCredentialsAdapter, type Random, type VerifyPeer,
} from '@piccolo/core/spi'
import { certificateRequest } from './certificate-request.js'
import { CertificateShelf } from './certificate-shelf.js'
import { fingerprintOf, newKey } from './test-key.js'
import { masterUri, nodeUri, refuseExpired, requireUri, requireUsage, unauthenticated } from './verify-certificate.js'

export interface MemoryCredentialsOptions {
  /** `pcl1.…`; may be given as a function for a token that is made later. */
  readonly token?: string | (() => string | undefined)
  /** Read certificates to share with the other twins of a cluster. Default: its own. */
  readonly shelf?: CertificateShelf
}

type Issued = Parameters<NodeCredentials['accept']>[0]

/** Key and identity in memory, like a chip's: they live as long as the returned adapter, whatever becomes of the agent and its disk. */
export function memoryCredentials(options: MemoryCredentialsOptions = {}): NodeCredentialsAdapter {
  const kept: Kept = { shelf: options.shelf ?? new CertificateShelf() }
  return (context) => new MemoryCredentials(options, kept, context.random)
}

interface Kept {
  readonly shelf: CertificateShelf
  key?: KeyObject
  issued?: Issued
  identity?: EnrolledIdentity
}

class MemoryCredentials implements NodeCredentials {
  readonly #options: MemoryCredentialsOptions
  readonly #kept: Kept
  readonly #random: Random
  #isOpen = false
  #pin: string | undefined

  constructor(options: MemoryCredentialsOptions, kept: Kept, random: Random) {
    this.#options = options
    this.#kept = kept
    this.#random = random
  }

  async open(signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    throwIfAborted(signal)
    if (this.#isOpen) throw new PiccoloError('failed-precondition', 'These node credentials are open already.')
    this.#kept.key ??= newKey(this.#random)
    this.#isOpen = true
  }

  close(): Promise<void> {
    this.#isOpen = false
    this.#pin = undefined
    return Promise.resolve()
  }

  get enrolled(): EnrolledIdentity | undefined {
    return this.#isOpen ? this.#kept.identity : undefined
  }

  async enrolment(signal: AbortSignal): ReturnType<NodeCredentials['enrolment']> {
    await Promise.resolve()
    throwIfAborted(signal)
    const csr = certificateRequest(this.#key())
    const token = typeof this.#options.token === 'function' ? this.#options.token() : this.#options.token
    if (token === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined yet and was given no token; make one with `piccolo token create`.')
    const { pin } = parseJoinToken(token)
    this.#pin = pin
    return { token, csr, verifyServer: pinnedMaster(pin, this.#kept.shelf) }
  }

  async renewal(signal: AbortSignal): ReturnType<NodeCredentials['renewal']> {
    await Promise.resolve()
    throwIfAborted(signal)
    return { csr: certificateRequest(this.#key()) }
  }

  async accept(issued: Issued, signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    throwIfAborted(signal)
    const { shelf } = this.#kept
    const chain = shelf.all(issued.certificateChainPem)
    const authorities = issued.authoritiesPem.flatMap((pem) => shelf.all(pem))
    const [leaf] = chain
    if (leaf === undefined || shelf.fingerprint(leaf) !== fingerprintOf(shelf.publicKey(this.#key()))) throw unauthenticated("the certificate is about another key than this node's")
    shelf.requirePath(chain, authorities)
    requireUsage(leaf, 'node')
    requireUri(leaf, nodeUri(issued.cluster, issued.nodeId))
    const presented = [...chain.slice(1), ...authorities]
    if (!this.#isAnswer(chain, presented)) this.#requireRenewal(issued, chain, presented)
    this.#kept.issued = issued
    this.#kept.identity = this.#identity(issued, leaf)
    this.#pin = undefined
  }

  /** Whether the chain leads to the key that the token pins. */
  #isAnswer(chain: readonly X509Certificate[], presented: readonly X509Certificate[]): boolean {
    const { shelf } = this.#kept
    const pinned = presented.filter((certificate) => shelf.fingerprint(certificate) === this.#pin)
    if (pinned.length === 0) return false
    shelf.requirePath(chain, pinned)
    return true
  }

  #requireRenewal({ nodeId, cluster }: Issued, chain: readonly X509Certificate[], presented: readonly X509Certificate[]): void {
    const { shelf, issued: known } = this.#kept
    const pins = (known?.authoritiesPem ?? []).flatMap((pem) => shelf.all(pem)).map((authority) => shelf.fingerprint(authority))
    shelf.requirePath(chain, presented.filter((certificate) => pins.includes(shelf.fingerprint(certificate))))
    if (known?.nodeId !== nodeId || known.cluster !== cluster) throw new PiccoloError('conflict', 'A renewal must not change the name of the node.')
  }

  verifyServer(earliestMs: () => number): VerifyPeer {
    const { issued, shelf } = this.#kept
    if (issued === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined a cluster yet.')
    return (presented) => {
      const chain = presented.map((encoded) => shelf.read(encoded))
      const [leaf] = chain
      if (leaf === undefined) throw unauthenticated('no certificate was presented')
      shelf.requirePath(chain, issued.authoritiesPem.flatMap((pem) => shelf.all(pem)))
      requireUsage(leaf, 'master')
      requireUri(leaf, masterUri(issued.cluster))
      refuseExpired(leaf, earliestMs())
    }
  }

  #identity({ cluster, nodeId, certificateChainPem }: Issued, leaf: X509Certificate): EnrolledIdentity {
    const privateKeyPem = this.#kept.shelf.textOf(this.#key())
    return { cluster, nodeId, tls: { certificateChainPem, privateKeyPem }, notBeforeMs: Date.parse(leaf.validFrom), notAfterMs: Date.parse(leaf.validTo) }
  }

  #key(): KeyObject {
    if (!this.#isOpen || this.#kept.key === undefined) throw new PiccoloError('failed-precondition', 'These node credentials are not open.')
    return this.#kept.key
  }
}

function pinnedMaster(pin: string, shelf: CertificateShelf): VerifyPeer {
  return (presented) => {
    const chain = presented.map((encoded) => shelf.read(encoded))
    const [leaf, ...others] = chain
    if (leaf === undefined) throw unauthenticated('no certificate was presented')
    shelf.requirePath(chain, others.filter((certificate) => shelf.fingerprint(certificate) === pin))
    requireUsage(leaf, 'master')
    requireUri(leaf, /^piccolo:\/\/[^/]+\/master$/)
  }
}
