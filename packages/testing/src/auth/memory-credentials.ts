import type { KeyObject } from 'node:crypto'
import {
  parseJoinToken, PiccoloError, throwIfAborted, type EnrolledIdentity, type NodeCredentials, type NodeCredentialsAdapter, type Random, type VerifyPeer,
} from '@piccolo/core/spi'
import { certificateRequest } from './certificate-request.js'
import { fingerprintOf, newKey } from './test-key.js'
import { certificatesOf, masterUri, nodeUri, readCertificate, requireSignature, requireUri, requireUsage, requireValidity, unauthenticated } from './verify-certificate.js'

export interface MemoryCredentialsOptions {
  /** `pcl1.…`; may be given as a function for a token that is made later. */
  readonly token?: string | (() => string | undefined)
}

type Issued = Parameters<NodeCredentials['accept']>[0]

/** Key and identity in memory, like a chip's: they live as long as the returned adapter, whatever becomes of the agent and its disk. */
export function memoryCredentials(options: MemoryCredentialsOptions = {}): NodeCredentialsAdapter {
  const kept: Kept = {}
  return (context) => new MemoryCredentials(options, kept, context.random)
}

interface Kept {
  key?: KeyObject
  issued?: Issued
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
    const { issued } = this.#kept
    const [leaf] = certificatesOf(issued?.certificateChainPem ?? '')
    if (!this.#isOpen || issued === undefined || leaf === undefined) return undefined
    const { cluster, nodeId, certificateChainPem } = issued
    const privateKeyPem = this.#key().export({ type: 'pkcs8', format: 'pem' }).toString()
    return { cluster, nodeId, tls: { certificateChainPem, privateKeyPem }, notBeforeMs: Date.parse(leaf.validFrom), notAfterMs: Date.parse(leaf.validTo) }
  }

  async enrolment(signal: AbortSignal): ReturnType<NodeCredentials['enrolment']> {
    await Promise.resolve()
    throwIfAborted(signal)
    const csr = certificateRequest(this.#key())
    const token = typeof this.#options.token === 'function' ? this.#options.token() : this.#options.token
    if (token === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined yet and was given no token; make one with `piccolo token create`.')
    const { pin } = parseJoinToken(token)
    this.#pin = pin
    return { token, csr, verifyServer: pinnedMaster(pin) }
  }

  async renewal(signal: AbortSignal): ReturnType<NodeCredentials['renewal']> {
    await Promise.resolve()
    throwIfAborted(signal)
    return { csr: certificateRequest(this.#key()) }
  }

  async accept(issued: Issued, signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    throwIfAborted(signal)
    const [leaf] = certificatesOf(issued.certificateChainPem)
    if (leaf === undefined || fingerprintOf(leaf.publicKey) !== fingerprintOf(this.#key())) throw unauthenticated("the certificate is about another key than this node's")
    const answering = pinOf(issued.authoritiesPem[0] ?? '')
    const known = this.#kept.issued
    if (answering === undefined || (answering !== this.#pin && !known?.authoritiesPem.map(pinOf).includes(answering))) throw unauthenticated('the answer comes from a strange authority')
    requireSignature(leaf, issued.authoritiesPem.slice(0, 1).flatMap(certificatesOf))
    requireUsage(leaf, 'node')
    requireUri(leaf, nodeUri(issued.cluster, issued.nodeId))
    if (answering !== this.#pin && known?.nodeId !== issued.nodeId) throw new PiccoloError('conflict', 'A renewal must not change the name of the node.')
    this.#kept.issued = issued
    this.#pin = undefined
  }

  verifyServer(nowMs: () => number): VerifyPeer {
    const { issued } = this.#kept
    if (issued === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined a cluster yet.')
    return (chain) => {
      const leaf = readCertificate(chain[0] ?? new Uint8Array())
      requireSignature(leaf, issued.authoritiesPem.flatMap(certificatesOf))
      requireUsage(leaf, 'master')
      requireUri(leaf, masterUri(issued.cluster))
      requireValidity(leaf, nowMs())
    }
  }

  #key(): KeyObject {
    if (!this.#isOpen || this.#kept.key === undefined) throw new PiccoloError('failed-precondition', 'These node credentials are not open.')
    return this.#kept.key
  }
}

function pinnedMaster(pin: string): VerifyPeer {
  return (chain) => {
    const [leaf, ...others] = chain.map(readCertificate)
    if (leaf === undefined) throw unauthenticated('no certificate was presented')
    requireSignature(leaf, others.filter((certificate) => fingerprintOf(certificate.publicKey) === pin))
    requireUsage(leaf, 'master')
    requireUri(leaf, /^piccolo:\/\/[^/]+\/master$/)
  }
}

function pinOf(pem: string): string | undefined {
  const [certificate] = certificatesOf(pem)
  return certificate === undefined ? undefined : fingerprintOf(certificate.publicKey)
}
