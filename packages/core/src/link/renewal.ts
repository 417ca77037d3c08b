import { PiccoloError } from '../errors/index.js'
import { protocolVersions } from '../protocol/index.js'
import type { Cancel, Clock, EnrolledIdentity, Logger, NodeCredentials, Random, Transport } from '../spi/index.js'
import { jitteredMs } from '../waiting/index.js'
import { withDeadline } from './deadline.js'
import type { TrustedTime } from './trusted-time.js'

export interface RenewalParts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly trustedTime: TrustedTime
}

const renewMs = 30_000
/** Whatever a certificate says, a session has this long to itself first. */
const shortestMs = 10_000
/** So much of its life a certificate has behind it when it is renewed, and a bit more by chance: a fleet that joined in one hour comes back over days. */
const share = { from: 1 / 3, jitter: 1 / 12 }
/** Between attempts that failed while the certificate is still good. */
const again = { initialMs: 60_000, capMs: 6 * 3_600_000 }

/** Prolongs the node's certificate by its key, beside a session that goes on, or before one where it is over. */
export class Renewal {
  readonly #parts: RenewalParts
  #cancel: Cancel = () => undefined
  #failures = 0
  readonly #chance: number

  constructor(parts: RenewalParts) {
    this.#parts = parts
    this.#chance = parts.random.next()
  }

  /** Renews at this master when it is time, again and again, until `pause`. */
  keep(address: string, own: (task: Promise<void>) => void, signal: AbortSignal): void {
    this.pause()
    const { clock, credentials, trustedTime, random } = this.#parts
    const { enrolled } = credentials
    if (enrolled === undefined || signal.aborted) return
    const dueMs = this.#failures === 0 ? Math.max(shortestMs, dueAt(enrolled, this.#chance) - trustedTime.nowMs()) : jitteredMs(this.#failures, again, random)
    this.#cancel = clock.schedule(dueMs, () => {
      own(this.#keepOnce(address, signal).then(() => { this.keep(address, own, signal) }))
    })
  }

  pause(): void {
    this.#cancel()
    this.#cancel = () => undefined
  }

  /** One attempt, now. Throws what the master says: `revoked`, `pending`, `quarantined`, `unauthenticated`. */
  async renew(address: string, signal: AbortSignal): Promise<void> {
    const { clock, transport, credentials, trustedTime, logger } = this.#parts
    await withDeadline({ clock, ms: renewMs, signal, what: `Renewing at ${address}` }, async (limit) => {
      const { csr } = await credentials.renewal(limit)
      // Without the certificate: the key proves itself, and a certificate that is over might be in the way.
      const reply = await transport.renew(address, { versions: protocolVersions, csr }, { verifyServer: credentials.verifyServer(() => trustedTime.earliestMs()) }, limit)
      await credentials.accept(reply, limit)
    })
    logger.info({ address, until: String(credentials.enrolled?.notAfterMs) }, 'the certificate was renewed')
  }

  async #keepOnce(address: string, signal: AbortSignal): Promise<void> {
    try {
      await this.renew(address, signal)
      this.#failures = 0
    } catch (error) {
      if (signal.aborted) return
      this.#failures += 1
      const { code, message: reason } = PiccoloError.from(error)
      this.#parts.logger[this.#failures === 1 ? 'warn' : 'debug']({ address, code, reason }, 'the certificate could not be renewed; it is tried again')
    }
  }
}

function dueAt({ notBeforeMs, notAfterMs }: EnrolledIdentity, chance: number): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * (share.from + share.jitter * chance)
}
