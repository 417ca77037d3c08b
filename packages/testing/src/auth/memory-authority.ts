import type { KeyObject, X509Certificate } from 'node:crypto'
import {
  PiccoloError, throwIfAborted, type AdapterContext, type CertificateAuthority, type IssuedCertificate, type NodeCertificateRequest, type TlsIdentity,
} from '@piccolo/core/spi'
import type { CertificateShelf } from './certificate-shelf.js'
import { provenKey } from './certificate-request.js'
import { clientAuth, serverAuth, signCertificate, type CertificateContent } from './sign-certificate.js'
import { fingerprintOf, newKey } from './test-key.js'
import { authorityUri, masterUri, nodeUri } from './verify-certificate.js'

const tenYearsMs = 3653 * 24 * 3_600_000

/** What outlives the authority that made it, as a directory would. */
export interface KeptAuthority {
  made?: { readonly cluster: string; readonly key: KeyObject; readonly certificate: X509Certificate }
}

/** An authority in memory: real keys and certificates (Ed25519), made from the context's random source. */
export class MemoryAuthority implements CertificateAuthority {
  readonly #kept: KeptAuthority
  readonly #shelf: CertificateShelf
  readonly #context: AdapterContext
  #isOpen = false

  constructor(kept: KeptAuthority, shelf: CertificateShelf, context: AdapterContext) {
    this.#kept = kept
    this.#shelf = shelf
    this.#context = context
  }

  async open({ cluster }: { readonly cluster: string }, signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    throwIfAborted(signal)
    if (this.#isOpen) throw new PiccoloError('failed-precondition', 'This certificate authority is open already.')
    this.#kept.made ??= this.#make(cluster)
    if (this.#kept.made.cluster !== cluster) throw new PiccoloError('failed-precondition', `This authority belongs to cluster "${this.#kept.made.cluster}".`)
    this.#isOpen = true
  }

  close(): Promise<void> {
    this.#isOpen = false
    return Promise.resolve()
  }

  get authoritiesPem(): readonly string[] {
    return [pemOf(this.#opened().certificate)]
  }

  get publicKeyPin(): string {
    return this.#shelf.fingerprint(this.#opened().certificate)
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

  #make(cluster: string): NonNullable<KeptAuthority['made']> {
    const { clock, random } = this.#context
    const key = newKey(random)
    const name = `Memory CA of ${cluster}`
    const certificate = signCertificate(key, {
      subject: name, issuer: name, publicKey: this.#shelf.publicKey(key), serial: random.bytes(16), uri: authorityUri(cluster), hostNames: [],
      notBeforeMs: 0, notAfterMs: clock.wallMs() + tenYearsMs,
    })
    return { cluster, key, certificate: this.#shelf.read(certificate) }
  }

  #sign(content: Omit<CertificateContent, 'issuer' | 'serial'>): X509Certificate {
    const { cluster, key } = this.#opened()
    return this.#shelf.read(signCertificate(key, { ...content, issuer: `Memory CA of ${cluster}`, serial: this.#context.random.bytes(16) }))
  }

  #chain(leaf: X509Certificate): string {
    return pemOf(leaf) + pemOf(this.#opened().certificate)
  }

  #requireCluster(cluster: string): void {
    const own = this.#opened().cluster
    if (own !== cluster) throw new PiccoloError('invalid-argument', `This authority signs for cluster "${own}", not for "${cluster}".`)
  }

  #opened(): NonNullable<KeptAuthority['made']> {
    if (!this.#isOpen || this.#kept.made === undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is not open.')
    return this.#kept.made
  }
}

function pemOf({ raw }: X509Certificate): string {
  const lines = raw.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
