import type { KeyObject, X509Certificate } from 'node:crypto'
import { PiccoloError, type AdapterContext, type Cancel } from '@piccolo/core/spi'
import type { CertificateShelf } from './certificate-shelf.js'
import { clientAuth, signCertificate } from './sign-certificate.js'
import { newKey } from './test-key.js'
import { authorityUri, personUri } from './verify-certificate.js'

const hourMs = 3_600_000
const tenYearsMs = 3653 * 24 * hourMs

export interface RollOptions {
  /** For how long the certificates of the old authority are accepted beside those of the new one. Default: 180 days. */
  readonly overlapMs?: number
}

/** One key of the authority's, and who it is. */
interface Reign {
  readonly name: string
  readonly key: KeyObject
  /** Signed by the key itself. */
  readonly certificate: X509Certificate
  /** Signed by the key before it; the first one has none. */
  readonly cross?: X509Certificate
  /** Until when what it signed is accepted; of the present one, for ever. */
  readonly acceptedUntilMs: number
}

/** What outlives the authority that made it, as a directory would. */
export class KeptAuthority {
  readonly #shelf: CertificateShelf
  readonly #listeners = new Set<() => void>()
  #cluster: string | undefined
  /** Newest first. */
  #reigns: readonly Reign[] = []

  constructor(shelf: CertificateShelf) {
    this.#shelf = shelf
  }

  /** Makes the first key, unless there is one; the cluster it is for. */
  found(cluster: string, context: AdapterContext): string {
    if (this.#cluster === undefined) this.#reigns = [{ ...this.#newKey(context, cluster), acceptedUntilMs: Number.POSITIVE_INFINITY }]
    return (this.#cluster ??= cluster)
  }

  roll(context: AdapterContext, { overlapMs = 180 * 24 * hourMs }: RollOptions): void {
    const [old, ...older] = this.#reigns
    if (this.#cluster === undefined || old === undefined) throw notMade()
    const made = this.#newKey(context, this.#cluster)
    const cross = this.#sign(context, old, { cluster: this.#cluster, subject: made })
    const acceptedUntilMs = context.clock.wallMs() + overlapMs
    this.#reigns = [{ ...made, cross, acceptedUntilMs: Number.POSITIVE_INFINITY }, { ...old, acceptedUntilMs }, ...older]
    for (const listener of [...this.#listeners]) listener()
  }

  /** A client certificate that names a person, good for an hour either way. */
  certifyPerson({ clock, random }: AdapterContext, person: string, publicKey: KeyObject): X509Certificate {
    const reign = this.reign
    if (this.#cluster === undefined || reign === undefined) throw notMade()
    const [notBeforeMs, notAfterMs] = [clock.wallMs() - hourMs, clock.wallMs() + hourMs]
    return this.#shelf.read(signCertificate(reign.key, {
      subject: person, issuer: reign.name, publicKey, serial: random.bytes(16), uri: personUri(this.#cluster, person), hostNames: [], notBeforeMs, notAfterMs, usage: clientAuth,
    }))
  }

  /** Calls `rolled` after each roll. */
  onRoll(rolled: () => void): Cancel {
    this.#listeners.add(rolled)
    return () => { this.#listeners.delete(rolled) }
  }

  /** What signs. */
  get reign(): Reign | undefined {
    return this.#reigns[0]
  }

  /** Newest first. An older one is trusted no longer than the one after it, for which it vouches. */
  authorities(nowMs: number): readonly X509Certificate[] {
    const ended = this.#reigns.findIndex(({ acceptedUntilMs }) => nowMs >= acceptedUntilMs)
    return (ended === -1 ? this.#reigns : this.#reigns.slice(0, ended)).map(({ certificate }) => certificate)
  }

  /** Those that are accepted no longer as well. */
  get all(): readonly X509Certificate[] {
    return this.#reigns.map(({ certificate }) => certificate)
  }

  /** When the next of them is accepted no longer. */
  nextEndMs(nowMs: number): number {
    return Math.min(...this.#reigns.map(({ acceptedUntilMs }) => acceptedUntilMs).filter((untilMs) => nowMs < untilMs))
  }

  /** What leads from a leaf to the first authority of all. */
  get issuers(): readonly X509Certificate[] {
    return this.#reigns.map(({ cross, certificate }) => cross ?? certificate)
  }

  #newKey(context: AdapterContext, cluster: string): Pick<Reign, 'name' | 'key' | 'certificate'> {
    const key = newKey(context.random)
    // OpenSSL tells issuers apart by their names, unless certificates carry more than these do.
    const name = this.#reigns.length === 0 ? `Memory CA of ${cluster}` : `Memory CA of ${cluster} (${String(this.#reigns.length + 1)})`
    return { name, key, certificate: this.#sign(context, { name, key }, { cluster, subject: { name, key } }) }
  }

  #sign({ clock, random }: AdapterContext, issuer: Pick<Reign, 'name' | 'key'>, { cluster, subject }: { readonly cluster: string; readonly subject: Pick<Reign, 'name' | 'key'> }): X509Certificate {
    return this.#shelf.read(signCertificate(issuer.key, {
      subject: subject.name, issuer: issuer.name, publicKey: this.#shelf.publicKey(subject.key), serial: random.bytes(16), uri: authorityUri(cluster), hostNames: [],
      notBeforeMs: 0, notAfterMs: clock.wallMs() + tenYearsMs,
    }))
  }
}

function notMade(): PiccoloError {
  return new PiccoloError('failed-precondition', 'This authority was not made yet: open it first.')
}
