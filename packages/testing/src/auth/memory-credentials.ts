import type { KeyObject, X509Certificate } from 'node:crypto'
import {
  parseJoinToken, PiccoloError, throwIfAborted, type EnrolledIdentity, type NodeCredentials, type NodeCredentialsAdapter, type Random, type VerifyPeer,
} from '@piccolo/core/spi'
import { certificateRequest } from './certificate-request.js'
import { CertificateShelf } from './certificate-shelf.js'
import { fingerprintOf, newKey } from './test-key.js'
import { masterUri, nodeUri, requireUri, requireUsage, requireValidity, unauthenticated } from './verify-certificate.js'

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
    const [leaf] = shelf.all(issued.certificateChainPem)
    if (leaf === undefined || shelf.fingerprint(leaf) !== fingerprintOf(shelf.publicKey(this.#key()))) throw unauthenticated("the certificate is about another key than this node's")
    const pinOf = (pem: string): string | undefined => shelf.all(pem).map((certificate) => shelf.fingerprint(certificate))[0]
    const answering = pinOf(issued.authoritiesPem[0] ?? '')
    const known = this.#kept.issued
    if (answering === undefined || (answering !== this.#pin && !known?.authoritiesPem.map(pinOf).includes(answering))) throw unauthenticated('the answer comes from a strange authority')
    shelf.requireSignature(leaf, shelf.all(issued.authoritiesPem[0] ?? ''))
    requireUsage(leaf, 'node')
    requireUri(leaf, nodeUri(issued.cluster, issued.nodeId))
    if (answering !== this.#pin && known?.nodeId !== issued.nodeId) throw new PiccoloError('conflict', 'A renewal must not change the name of the node.')
    this.#kept.issued = issued
    this.#kept.identity = this.#identity(issued, leaf)
    this.#pin = undefined
  }

  verifyServer(nowMs: () => number): VerifyPeer {
    const { issued, shelf } = this.#kept
    if (issued === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined a cluster yet.')
    return ([presented = new Uint8Array()]) => {
      const leaf = shelf.read(presented)
      shelf.requireSignature(leaf, issued.authoritiesPem.flatMap((pem) => shelf.all(pem)))
      requireUsage(leaf, 'master')
      requireUri(leaf, masterUri(issued.cluster))
      requireValidity(leaf, nowMs())
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
  return (chain) => {
    const [leaf, ...others] = chain.map((encoded) => shelf.read(encoded))
    if (leaf === undefined) throw unauthenticated('no certificate was presented')
    shelf.requireSignature(leaf, others.filter((certificate) => shelf.fingerprint(certificate) === pin))
    requireUsage(leaf, 'master')
    requireUri(leaf, /^piccolo:\/\/[^/]+\/master$/)
  }
}
