import { PiccoloError, throwIfAborted, type EnrolledIdentity, type NodeCredentials, type NodeCredentialsAdapter } from '@piccolo/core/spi'
import { fingerprintOf, validityOf } from '../certificate/read-certificate.js'
import { directoryFiles } from '../files/directory-files.js'
import { diskFiles } from '../files/disk-files.js'
import type { PrivateFiles } from '../files/private-files.js'
import { createCsr } from './create-csr.js'
import { damagedIdentity, loadIdentity, saveIdentity } from './identity-file.js'
import { openNodeKey, type NodeKey } from './node-key.js'
import { readIdentity, type NodeIdentity } from './node-identity.js'
import { readToken, type TokenSource } from './token-source.js'
import { verifyKnownMaster, verifyPinnedMaster } from './verify-master.js'

export type X509CredentialsOptions = TokenSource & {
  /** Where key and certificate are kept (made with mode 0700). Default: `credentials/` in the agent's state directory. */
  readonly directory?: string
}

/**
 * A node's key and certificate as files, on node:crypto alone. The key (ECDSA P-256) is made at the first `open` and kept for good; a token
 * is needed only until the node has joined.
 */
export function x509Credentials(options: X509CredentialsOptions = {}): NodeCredentialsAdapter {
  return (context) => new X509Credentials(options, options.directory === undefined ? diskFiles(context.disk) : directoryFiles(options.directory))
}

class X509Credentials implements NodeCredentials {
  readonly #tokenSource: TokenSource
  readonly #files: PrivateFiles
  #key: NodeKey | undefined
  #identity: NodeIdentity | undefined
  /** The pin of the token whose enrolment was begun: whom an answer may come from. */
  #pendingPin: string | undefined

  constructor(tokenSource: TokenSource, files: PrivateFiles) {
    this.#tokenSource = tokenSource
    this.#files = files
  }

  async open(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#key !== undefined) throw new PiccoloError('failed-precondition', 'These node credentials are open already; close them first.')
    const issued = await loadIdentity(this.#files, signal)
    const key = await openNodeKey(this.#files, { enrolled: issued !== undefined }, signal)
    if (issued !== undefined) this.#identity = readKept(issued, key, this.#files.place)
    this.#key = key
  }

  close(): Promise<void> {
    this.#key = undefined
    this.#identity = undefined
    this.#pendingPin = undefined
    return Promise.resolve()
  }

  get enrolled(): EnrolledIdentity | undefined {
    if (this.#key === undefined || this.#identity === undefined) return undefined
    const { issued, leaf } = this.#identity
    const { cluster, nodeId, certificateChainPem } = issued
    return { cluster, nodeId, tls: { certificateChainPem, privateKeyPem: this.#key.privateKeyPem }, ...validityOf(leaf) }
  }

  async enrolment(signal: AbortSignal): ReturnType<NodeCredentials['enrolment']> {
    const key = this.#opened()
    const { token, pin } = await readToken(this.#tokenSource, signal)
    this.#pendingPin = pin
    return { token, csr: createCsr(key.privateKey), verifyServer: verifyPinnedMaster(pin) }
  }

  async renewal(signal: AbortSignal): ReturnType<NodeCredentials['renewal']> {
    throwIfAborted(signal)
    return Promise.resolve({ csr: createCsr(this.#opened().privateKey) })
  }

  async accept(issued: Parameters<NodeCredentials['accept']>[0], signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    const identity = readIdentity(issued, this.#opened().fingerprint)
    this.#refuseStranger(identity)
    await saveIdentity(this.#files, issued, signal)
    this.#identity = identity
    this.#pendingPin = undefined
  }

  verifyServer(earliestMs: () => number): ReturnType<NodeCredentials['verifyServer']> {
    if (this.#identity === undefined) throw new PiccoloError('failed-precondition', 'This node has not joined a cluster yet; enrol first.')
    const { issued, authorities } = this.#identity
    return verifyKnownMaster(issued.cluster, authorities, earliestMs)
  }

  /**
   * An answer must come from whom we trust already: the pinned authority when joining, one of the stored ones when renewing, or a successor for which they
   * vouch, however many rolls this node slept through.
   */
  #refuseStranger(answer: NodeIdentity): void {
    if (this.#pendingPin !== undefined && answer.vouchers.has(this.#pendingPin)) return
    if (this.#identity === undefined) throw new PiccoloError('unauthenticated', 'An identity was given to this node, but not by the authority that its token names.')
    const known = this.#identity.authorities.map(({ publicKey }) => fingerprintOf(publicKey))
    if (!known.some((key) => answer.vouchers.has(key))) throw new PiccoloError('unauthenticated', 'The renewed identity comes from an authority that this node does not know.')
    const { cluster, nodeId } = this.#identity.issued
    if (answer.issued.cluster === cluster && answer.issued.nodeId === nodeId) return
    throw new PiccoloError('conflict', `This node is "${nodeId}" of cluster "${cluster}", but was renewed as "${answer.issued.nodeId}" of "${answer.issued.cluster}".`)
  }

  #opened(): NodeKey {
    if (this.#key === undefined) throw new PiccoloError('failed-precondition', 'These node credentials are not open.')
    return this.#key
  }
}

function readKept(issued: Parameters<typeof readIdentity>[0], key: NodeKey, place: string): NodeIdentity {
  try {
    return readIdentity(issued, key.fingerprint)
  } catch (error) {
    throw damagedIdentity(place, error)
  }
}
