import type { X509Certificate } from 'node:crypto'
import {
  PiccoloError, throwIfAborted, type Adapter, type AdapterContext, type CertificateAuthority, type IssuedCertificate, type NodeCertificateRequest,
  type TlsIdentity,
} from '@piccolo/core/spi'
import { checkHostName, checkName, nodeUri } from '../certificate/names.js'
import { clientAuth, fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import type { PrivateFiles } from '../files/private-files.js'
import { openAuthority, type AuthorityKey } from './ca-files.js'
import { serverCertificate } from './server-certificate.js'

export interface X509AuthorityOptions {
  /** Where the authority's key lives, and nothing else should; made with mode 0700. To be backed up: nodes trust this key. */
  readonly directory: string
}

/** A certificate authority whose key (ECDSA P-256) is a file of the master. Made at the first `open`, valid for ten years. */
export function x509Authority(options: X509AuthorityOptions): Adapter<CertificateAuthority> {
  return (context) => new X509Authority(directoryFiles(options.directory), context)
}

class X509Authority implements CertificateAuthority {
  readonly #files: PrivateFiles
  readonly #context: AdapterContext
  #open: { readonly cluster: string; readonly authority: AuthorityKey } | undefined

  constructor(files: PrivateFiles, context: AdapterContext) {
    this.#files = files
    this.#context = context
  }

  async open({ cluster }: { readonly cluster: string }, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#open !== undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is open already; close it first.')
    checkName('cluster name', cluster)
    const authority = await openAuthority(this.#files, { cluster, nowMs: this.#context.clock.wallMs(), random: this.#context.random }, signal)
    this.#open = { cluster, authority }
  }

  close(): Promise<void> {
    this.#open = undefined
    return Promise.resolve()
  }

  get authoritiesPem(): readonly string[] {
    return [this.#opened().authority.certificate.toString()]
  }

  get publicKeyPin(): string {
    return fingerprintOf(this.#opened().authority.certificate.publicKey)
  }

  async issueNode(request: NodeCertificateRequest, signal: AbortSignal): Promise<IssuedCertificate> {
    throwIfAborted(signal)
    const { cluster, authority } = this.#openedFor(request.cluster)
    checkName('node id', request.nodeId)
    checkValidity(request)
    const { provenKey, signLeaf } = await import('./signing.js')
    const publicKey = await provenKey(request.csr)
    const { notBeforeMs, notAfterMs } = request
    const uri = nodeUri(cluster, request.nodeId)
    const leaf = await signLeaf(authority, { publicKey, commonName: request.nodeId, uri, names: [], usage: clientAuth, notBeforeMs, notAfterMs })
    return {
      certificateChainPem: chainOf(leaf, authority),
      keyFingerprint: fingerprintOf(publicKey),
      serial: leaf.serialNumber.toLowerCase(),
      notAfterMs: validityOf(leaf).notAfterMs,
    }
  }

  async issueServer(request: Parameters<CertificateAuthority['issueServer']>[0], signal: AbortSignal): Promise<TlsIdentity> {
    throwIfAborted(signal)
    const { cluster, authority } = this.#openedFor(request.cluster)
    checkValidity(request)
    request.names.forEach(checkHostName)
    const { leaf, privateKeyPem } = await serverCertificate({ files: this.#files, authority, logger: this.#context.logger }, { ...request, cluster }, signal)
    return { certificateChainPem: chainOf(leaf, authority), privateKeyPem }
  }

  async readCsr(csr: Uint8Array): Promise<{ readonly keyFingerprint: string }> {
    const { provenKey } = await import('./signing.js')
    return { keyFingerprint: fingerprintOf(await provenKey(csr)) }
  }

  #openedFor(cluster: string): { readonly cluster: string; readonly authority: AuthorityKey } {
    const opened = this.#opened()
    if (opened.cluster === cluster) return opened
    throw new PiccoloError('invalid-argument', `This authority signs for cluster "${opened.cluster}", not for "${cluster}".`)
  }

  #opened(): { readonly cluster: string; readonly authority: AuthorityKey } {
    if (this.#open === undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is not open.')
    return this.#open
  }
}

function checkValidity({ notBeforeMs, notAfterMs }: { readonly notBeforeMs: number; readonly notAfterMs: number }): void {
  if (notBeforeMs >= 0 && notAfterMs > notBeforeMs && Number.isFinite(notAfterMs)) return
  throw new PiccoloError('invalid-argument', `A certificate can't be valid from ${String(notBeforeMs)} to ${String(notAfterMs)}.`)
}

/** The authority's own certificate goes along: nodes that have not joined yet look for the key they pinned. */
function chainOf(leaf: X509Certificate, authority: AuthorityKey): string {
  return leaf.toString() + authority.certificate.toString()
}
