import type { X509Certificate } from 'node:crypto'
import {
  PiccoloError, throwIfAborted, type Adapter, type AdapterContext, type AuthorityOf, type Cancel, type CertificateAuthority, type IssuedCertificate, type NodeCertificateRequest,
  type TlsIdentity,
} from '@piccolo/core/spi'
import { checkName, nodeUri } from '../certificate/names.js'
import { clientAuth, fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import { isSelfSigned, trustedAuthorities } from './authority-certificates.js'
import type { Passphrase } from './authority-key.js'
import { certificateFile, loadAuthority, openAuthority, type AuthorityKey, type AuthorityPlace } from './open-authority.js'
import { serverCertificate } from './server-certificate.js'

/** How often a roll by another process is looked for: one look at a folder's entry. */
const lookMs = 5_000

export interface X509AuthorityOptions {
  /** Where the authority's key lives, and nothing else should; made with mode 0700. To be backed up: nodes trust this key. */
  readonly directory: string
  /** Of the authority's key: needed if that is encrypted, and one that is made at the first `open` will be. Asked whenever the key is read. Default: not encrypted. */
  readonly passphrase?: Passphrase
}

/**
 * A certificate authority whose key (ECDSA P-256) is a file of the master. Made at the first `open`, valid for ten years. A roll by {@link rollAuthority},
 * in whichever process, is noticed within five seconds, and whenever something is to be signed.
 */
export function x509Authority(options: X509AuthorityOptions): Adapter<CertificateAuthority> {
  return (context) => new X509Authority(options, context)
}

interface Open {
  readonly cluster: string
  readonly authority: AuthorityKey
  /** Of `ca.pem`, taken before it was read. */
  readonly stamp: string | undefined
  /** What the listeners know. */
  readonly told: string
}

export class X509Authority implements CertificateAuthority {
  readonly #place: AuthorityPlace
  readonly #context: AdapterContext
  #hasComplained = false
  readonly #listeners = new Set<() => void>()
  #open: Open | undefined
  #ending = new AbortController()
  #looking: Promise<void> = Promise.resolve()
  #stopTimer: Cancel = () => undefined

  constructor({ directory, passphrase }: X509AuthorityOptions, context: AdapterContext) {
    this.#place = { files: directoryFiles(directory), random: context.random, passphrase }
    this.#context = context
  }

  async open(request: AuthorityOf, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#open !== undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is open already; close it first.')
    const { cluster } = request
    checkName('cluster name', cluster)
    const stamp = await this.#place.files.stamp(certificateFile, signal)
    const authority = await openAuthority(this.#place, { ...request, nowMs: this.#context.clock.wallMs() }, signal)
    this.#open = { cluster, authority, stamp, told: this.#facts(authority) }
    this.#ending = new AbortController()
    this.#lookLater()
  }

  async close(): Promise<void> {
    this.#open = undefined
    this.#stopTimer()
    this.#ending.abort()
    await this.#looking
  }

  get authoritiesPem(): readonly string[] {
    return this.#trusted(this.#opened().authority).map(String)
  }

  get publicKeyPin(): string {
    return fingerprintOf(this.#trusted(this.#opened().authority)[0].publicKey)
  }

  /** What leads from a certificate of ours to an authority, where that is not signed by one itself. */
  get bridgesPem(): readonly string[] {
    return this.#opened().authority.all.filter((certificate) => !isSelfSigned(certificate)).map(String)
  }

  onChange(changed: () => void): Cancel {
    const listener = (): void => { changed() }
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  async issueNode(request: NodeCertificateRequest, signal: AbortSignal): Promise<IssuedCertificate> {
    throwIfAborted(signal)
    this.#requireCluster(request.cluster)
    checkName('node id', request.nodeId)
    checkValidity(request)
    const { cluster, authority } = await this.#upToDate(signal)
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
    this.#requireCluster(request.cluster)
    checkValidity(request)
    const { cluster, authority } = await this.#upToDate(signal)
    const { leaf, privateKeyPem } = await serverCertificate({ files: this.#place.files, authority, logger: this.#context.logger }, { ...request, cluster }, signal)
    return { certificateChainPem: chainOf(leaf, authority), privateKeyPem }
  }

  async readCsr(csr: Uint8Array): Promise<{ readonly keyFingerprint: string }> {
    const { provenKey } = await import('./signing.js')
    return { keyFingerprint: fingerprintOf(await provenKey(csr)) }
  }

  #requireCluster(cluster: string): void {
    const own = this.#opened().cluster
    if (own !== cluster) throw new PiccoloError('invalid-argument', `This authority signs for cluster "${own}", not for "${cluster}".`)
  }

  #opened(): Open {
    if (this.#open === undefined) throw new PiccoloError('failed-precondition', 'This certificate authority is not open.')
    return this.#open
  }

  async #upToDate(signal: AbortSignal): Promise<Open> {
    await this.#look(signal)
    return this.#opened()
  }

  /** Takes over what a roll left in the directory, and tells the listeners of that as of the end of an overlap. */
  async #look(signal: AbortSignal): Promise<void> {
    const stamp = await this.#place.files.stamp(certificateFile, signal)
    const before = this.#open
    if (before === undefined) return
    const reloaded = stamp === before.stamp ? before.authority : await this.#reload(before, signal)
    if (this.#open !== before) return
    const authority = reloaded ?? before.authority
    const told = this.#facts(authority)
    // What could not be read is looked at again: a roll that is missed would leave a stolen key in force.
    this.#open = { ...before, authority, told, ...(reloaded !== undefined && { stamp }) }
    if (told !== before.told) for (const listener of [...this.#listeners]) listener()
  }

  async #reload(before: Open, signal: AbortSignal): Promise<AuthorityKey | undefined> {
    try {
      const loaded = await loadAuthority(this.#place, signal)
      if (loaded?.cluster === before.cluster) {
        this.#hasComplained = false
        return loaded
      }
      this.#complain({ place: this.#place.files.place }, "the authority's certificate is gone, or another cluster's; going on with the one it had")
    } catch (error) {
      throwIfAborted(signal)
      this.#complain({ error }, "the authority's directory can't be read any more; going on with what was read before")
    }
    return undefined
  }

  /** Looked at every few seconds, what can't be read is told once. */
  #complain(fields: object, message: string): void {
    this.#context.logger[this.#hasComplained ? 'debug' : 'error'](fields, message)
    this.#hasComplained = true
  }

  #lookLater(): void {
    const { signal } = this.#ending
    this.#stopTimer = this.#context.clock.schedule(lookMs, () => {
      this.#looking = this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#context.logger.error({ error }, "the authority's directory can't be looked at")
      }).finally(() => {
        if (!signal.aborted) this.#lookLater()
      })
    })
  }

  #trusted(authority: AuthorityKey): ReturnType<typeof trustedAuthorities> {
    return trustedAuthorities(authority, this.#context.clock.wallMs())
  }

  /** Everything that a listener is told the change of. */
  #facts(authority: AuthorityKey): string {
    return this.#trusted(authority).map(({ fingerprint256 }) => fingerprint256).join()
  }
}

function checkValidity({ notBeforeMs, notAfterMs }: { readonly notBeforeMs: number; readonly notAfterMs: number }): void {
  if (notBeforeMs >= 0 && notAfterMs > notBeforeMs && Number.isFinite(notAfterMs)) return
  throw new PiccoloError('invalid-argument', `A certificate can't be valid from ${String(notBeforeMs)} to ${String(notAfterMs)}.`)
}

/** What leads to an authority goes along: a node that knows only an older one, or has not joined yet, looks for the key it knows. */
function chainOf(leaf: X509Certificate, { issuers }: AuthorityKey): string {
  return [leaf, ...issuers].map(String).join('')
}
