import type { X509Certificate } from 'node:crypto'
import {
  PiccoloError, throwIfAborted, type AdapterContext, type AuthorityOf, type Cancel, type CertificateAuthority, type IssuedCertificate, type NodeCertificateRequest,
  type TlsIdentity,
} from '@piccolo/core/spi'
import type { CertificateShelf } from './certificate-shelf.js'
import { provenKey } from './certificate-request.js'
import type { KeptAuthority } from './kept-authority.js'
import { pemOf } from './pem.js'
import { clientAuth, serverAuth, signCertificate, type CertificateContent } from './sign-certificate.js'
import { fingerprintOf, newKey } from './test-key.js'
import { masterUri, nodeUri } from './verify-certificate.js'

/** An authority in memory: real keys and certificates (Ed25519), made from the context's random source. */
export class MemoryAuthority implements CertificateAuthority {
  readonly #kept: KeptAuthority
  readonly #shelf: CertificateShelf
  readonly #context: AdapterContext
  readonly #listeners = new Set<() => void>()
  #open: { readonly cluster: string; readonly stop: Cancel } | undefined

  constructor(kept: KeptAuthority, shelf: CertificateShelf, context: AdapterContext) {
    this.#kept = kept
    this.#shelf = shelf
    this.#context = context
  }

  async open({ cluster, pin }: AuthorityOf, signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    throwIfAborted(signal)
    if (this.#open !== undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is open already.')
    if (pin !== undefined && !this.#kept.all.some((certificate) => this.#shelf.fingerprint(certificate) === pin)) throw new PiccoloError('not-found', `This is not the authority that the nodes of cluster "${cluster}" trust.`)
    const owner = this.#kept.found(cluster, this.#context)
    if (owner !== cluster) throw new PiccoloError('failed-precondition', `This authority belongs to cluster "${owner}".`)
    this.#open = { cluster, stop: this.#watch() }
  }

  close(): Promise<void> {
    this.#open?.stop()
    this.#open = undefined
    return Promise.resolve()
  }

  get authoritiesPem(): readonly string[] {
    this.#cluster()
    return this.#kept.authorities(this.#context.clock.wallMs()).map(({ raw }) => pemOf(raw))
  }

  get publicKeyPin(): string {
    return this.#shelf.fingerprint(this.#reign().certificate)
  }

  onChange(changed: () => void): Cancel {
    const listener = (): void => { changed() }
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  async issueNode(request: NodeCertificateRequest, signal: AbortSignal): Promise<IssuedCertificate> {
    await Promise.resolve()
    throwIfAborted(signal)
    this.#requireCluster(request.cluster)
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(request.nodeId)) throw new PiccoloError('invalid-argument', `"${request.nodeId}" can't be the id of a node.`)
    const publicKey = provenKey(request.csr)
    const leaf = this.#sign({ ...request, subject: request.nodeId, publicKey, uri: nodeUri(request.cluster, request.nodeId), hostNames: [], usage: clientAuth })
    return { certificateChainPem: this.#chain(leaf), keyFingerprint: fingerprintOf(publicKey), serial: leaf.serialNumber.toLowerCase(), notAfterMs: Date.parse(leaf.validTo) }
  }

  async issueServer(request: Parameters<CertificateAuthority['issueServer']>[0], signal: AbortSignal): Promise<TlsIdentity> {
    await Promise.resolve()
    throwIfAborted(signal)
    this.#requireCluster(request.cluster)
    const key = newKey(this.#context.random)
    const hostNames = ['piccolo-master', ...request.names]
    const leaf = this.#sign({ ...request, subject: 'piccolo-master', publicKey: this.#shelf.publicKey(key), uri: masterUri(request.cluster), hostNames, usage: serverAuth })
    return { certificateChainPem: this.#chain(leaf), privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }

  async readCsr(csr: Uint8Array): Promise<{ readonly keyFingerprint: string }> {
    return Promise.resolve({ keyFingerprint: fingerprintOf(provenKey(csr)) })
  }

  #sign(content: Omit<CertificateContent, 'issuer' | 'serial'>): X509Certificate {
    const { name, key } = this.#reign()
    return this.#shelf.read(signCertificate(key, { ...content, issuer: name, serial: this.#context.random.bytes(16) }))
  }

  #chain(leaf: X509Certificate): string {
    return [leaf, ...this.#kept.issuers].map(({ raw }) => pemOf(raw)).join('')
  }

  #requireCluster(cluster: string): void {
    const own = this.#cluster()
    if (own !== cluster) throw new PiccoloError('invalid-argument', `This authority signs for cluster "${own}", not for "${cluster}".`)
  }

  #reign(): NonNullable<KeptAuthority['reign']> {
    this.#cluster()
    if (this.#kept.reign === undefined) throw new PiccoloError('internal', 'An open authority has a key.')
    return this.#kept.reign
  }

  #cluster(): string {
    if (this.#open === undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is not open.')
    return this.#open.cluster
  }

  /** Tells the listeners of every roll and of the end of every overlap, until it is stopped. */
  #watch(): Cancel {
    const { clock } = this.#context
    let stopTimer: Cancel = () => undefined
    const untilNextEnd = (): void => {
      stopTimer()
      const nextEndMs = this.#kept.nextEndMs(clock.wallMs())
      stopTimer = Number.isFinite(nextEndMs) ? clock.schedule(nextEndMs - clock.wallMs(), changed) : () => undefined
    }
    const changed = (): void => {
      untilNextEnd()
      for (const listener of [...this.#listeners]) listener()
    }
    untilNextEnd()
    const stopRolls = this.#kept.onRoll(changed)
    return () => {
      stopTimer()
      stopRolls()
    }
  }
}
