import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { certificatesOf, provenCertificate } from '@piccolo/core/system'

/** The certificates that clients have proven, connection by connection. */
export class ClientCertificates {
  readonly #proven = new WeakMap<object, X509Certificate>()
  #authorities: readonly X509Certificate[] = []

  /** Whose certificates count from now on. */
  trust(authoritiesPem: readonly string[]): void {
    this.#authorities = certificatesOf(authoritiesPem)
  }

  /** To be called once, when the handshake is done. */
  meet(socket: TLSSocket): void {
    const certificate = provenCertificate(socket, this.#authorities)
    if (certificate !== undefined) this.#proven.set(socket, certificate)
  }

  of(socket: object): X509Certificate | undefined {
    return this.#proven.get(socket)
  }
}
