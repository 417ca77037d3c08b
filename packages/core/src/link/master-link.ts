import { PiccoloError } from '../errors/index.js'
import type { Timings, Welcome } from '../protocol/index.js'
import type { AgentChannel, Clock, EnrolledIdentity, Logger, NodeCredentials, Random, Transport } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'
import { withDeadline } from './deadline.js'
import { enrol, type EnrolmentParts } from './enrolment.js'
import { Session, type SessionEnd, type SessionParts } from './session.js'
import type { TrustedTime } from './trusted-time.js'

/** How the link to the master stands. */
export type LinkState =
  | { readonly phase: 'enrolling'; readonly reason?: string }
  | { readonly phase: 'dialling'; readonly reason?: string }
  | { readonly phase: 'connected'; readonly address: string }
  /** A master answers that must not lead this node. */
  | { readonly phase: 'held'; readonly reason: string }
  | { readonly phase: 'refused'; readonly reason: string }
  | { readonly phase: 'stopped' }

export interface MasterLinkOptions {
  readonly addresses: readonly string[]
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly trustedTime: TrustedTime
  readonly timings: Timings
  readonly enrolment: () => Pick<EnrolmentParts, 'facts' | 'wantedNodeId'>
  readonly session: Omit<SessionParts, 'clock' | 'logger' | 'timings' | 'onWelcome'>
  /** Called once, when the identity is known: at once for a node that enrolled earlier. */
  readonly onIdentity: (identity: EnrolledIdentity, first: boolean) => Promise<void>
  readonly onState: (state: LinkState) => void
}

const redialInitialMs = 500
const dialMs = 10_000
const closeMs = 2_000
/** For a good-bye; nobody waits longer for a stop. */
const byeMs = 1_500
/** A hold that only a person can lift is asked about this much more seldom than the redial cap says. */
const slowFactor = 4

/** Keeps one session with one of the masters, for as long as it runs. */
export class MasterLink {
  readonly #options: MasterLinkOptions
  #timings: Timings
  #session: { readonly session: Session; readonly channel: AgentChannel } | undefined
  #state: LinkState = { phase: 'dialling' }
  /** The last refusal since a master was connected. */
  #refusal: string | undefined

  constructor(options: MasterLinkOptions) {
    this.#options = options
    this.#timings = options.timings
  }

  get state(): LinkState {
    return this.#state
  }

  get timings(): Timings {
    return this.#timings
  }

  wake(): void {
    this.#session?.session.wake()
  }

  /** Enrols if need be, then dials, talks and dials again until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const enrolled = this.#options.credentials.enrolled
    const identity = enrolled ?? (await this.#enrol(signal))
    if (identity === undefined) return
    await this.#options.onIdentity(identity, enrolled === undefined)
    const { clock } = this.#options
    let failures = 0
    for (let turn = 0; !this.#isOver(signal); turn += 1) {
      const startedMs = clock.monotonicMs()
      const end = await this.#talk(this.#address(turn), signal)
      if (this.#isOver(signal)) break
      // A link that breaks as soon as it stands is no better than none.
      if (end.kind === 'lost' && end.welcomed && clock.monotonicMs() - startedMs >= this.#timings.redialCapMs) failures = 0
      if (end.kind === 'lost' && !end.welcomed && !this.#isRoundOver(turn)) continue
      await sleep(clock, this.#waitMs(end, failures), signal)
      failures += 1
    }
  }

  /** Says good-bye to the master, if one is there to hear it. */
  async bye(reason: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const channel = this.#session?.channel
    this.#become({ phase: 'stopped' })
    if (channel === undefined) return
    const sayAndClose = async (limit: AbortSignal): Promise<void> => {
      await channel.send({ type: 'bye', reason }, limit)
      await channel.close()
    }
    await withDeadline({ clock, ms: byeMs, signal, what: 'Saying good-bye' }, sayAndClose).catch(() => undefined)
  }

  #enrol(signal: AbortSignal): Promise<EnrolledIdentity | undefined> {
    const { addresses, clock, transport, credentials, random, logger } = this.#options
    this.#become({ phase: 'enrolling' })
    return enrol({
      addresses, clock, transport, credentials, random, logger, ...this.#options.enrolment(),
      redial: this.#redial,
      onTrouble: (reason) => this.#become({ phase: 'enrolling', reason }),
    }, signal)
  }

  async #talk(address: string, signal: AbortSignal): Promise<SessionEnd> {
    const { clock, logger } = this.#options
    let channel: AgentChannel
    try {
      channel = await withDeadline({ clock, ms: dialMs, signal, what: `Dialling ${address}` }, (limit) => this.#dial(address, limit))
    } catch (error) {
      const reason = PiccoloError.from(error).message
      if (!signal.aborted) this.#become({ phase: 'dialling', reason })
      logger.debug({ address, reason }, 'dialling failed')
      return { kind: 'lost', reason, welcomed: false }
    }
    const session = new Session({ ...this.#options.session, clock, logger, timings: this.#timings, onWelcome: (welcome) => this.#welcomed(welcome, address) })
    this.#session = { session, channel }
    const end = await session.run(channel, signal)
    this.#session = undefined
    this.#ended(end, signal)
    await this.#hangUp(channel, signal)
    return end
  }

  /** Whatever was sent may still go out, as long as nobody has to wait for a dead link. */
  async #hangUp(channel: AgentChannel, signal: AbortSignal): Promise<void> {
    const closing = channel.close().catch(() => undefined)
    await withDeadline({ clock: this.#options.clock, ms: closeMs, signal, what: 'Closing the session' }, () => closing).catch(() => undefined)
  }

  #dial(address: string, signal: AbortSignal): Promise<AgentChannel> {
    const { transport, credentials, trustedTime } = this.#options
    const { enrolled } = credentials
    if (enrolled === undefined) throw new PiccoloError('failed-precondition', 'The identity of this node is gone.')
    const verifyServer = credentials.verifyServer(() => Math.max(trustedTime.nowMs(), enrolled.notBeforeMs))
    return transport.connect(address, { identity: enrolled.tls, verifyServer }, signal)
  }

  #welcomed(welcome: Welcome, address: string): void {
    this.#timings = welcome.timings
    this.#refusal = undefined
    this.#options.trustedTime.learn(welcome.masterTimeMs)
    this.#become({ phase: 'connected', address })
    this.#options.logger.info({ address, term: String(welcome.sessionEpoch.term) }, 'connected to the master')
  }

  #ended(end: SessionEnd, signal: AbortSignal): void {
    if (signal.aborted) return
    const { logger } = this.#options
    if (end.kind === 'lost') {
      this.#become({ phase: 'dialling', reason: end.reason })
      if (end.welcomed) logger.info({ reason: end.reason }, 'session lost')
    } else if (end.kind === 'held') {
      this.#become({ phase: 'held', reason: end.reason })
    } else {
      const { code, message } = end.error
      const reason = `${code}: ${message}`
      // Said again and again, it is told once.
      if (reason !== this.#refusal) logger.warn({ code, reason: message }, 'refused by the master')
      this.#refusal = reason
      this.#become({ phase: 'refused', reason })
    }
  }

  #waitMs(end: SessionEnd, failures: number): number {
    const jitter = jitteredMs(failures, this.#redial, this.#options.random)
    if (end.kind === 'refused') return end.retryAfterMs + jitter
    return end.kind === 'held' ? this.#redial.capMs * slowFactor + jitter : jitter
  }

  get #redial(): { readonly initialMs: number; readonly capMs: number } {
    return { initialMs: redialInitialMs, capMs: this.#timings.redialCapMs }
  }

  /** Stopped, or saying good-bye. */
  #isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#state.phase === 'stopped'
  }

  #address(turn: number): string {
    const { addresses } = this.#options
    const address = addresses[turn % addresses.length]
    if (address === undefined) throw new PiccoloError('invalid-argument', 'There is no master address to dial.')
    return address
  }

  /** Every address was tried: time to wait before the next round. */
  #isRoundOver(turn: number): boolean {
    return (turn + 1) % this.#options.addresses.length === 0
  }

  #become(state: LinkState): void {
    if (this.#state.phase === 'stopped') return
    this.#state = state
    this.#options.onState(state)
  }
}
