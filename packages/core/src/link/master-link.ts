import { PiccoloError, type ErrorCode } from '../errors/index.js'
import type { Timings, Welcome } from '../protocol/index.js'
import type { AgentChannel, Clock, EnrolledIdentity, Logger, NodeCredentials, Random, Transport } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'
import type { Addresses } from './addresses.js'
import { withDeadline } from './deadline.js'
import { enrol, type EnrolmentParts } from './enrolment.js'
import { Renewal } from './renewal.js'
import { Session, type SessionEnd, type SessionParts } from './session.js'
import type { TrustedTime } from './trusted-time.js'
import { untilDone } from './until-done.js'

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
  readonly addresses: Addresses
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly trustedTime: TrustedTime
  readonly timings: Timings
  readonly enrolment: () => Pick<EnrolmentParts, 'facts' | 'wantedNodeId'>
  readonly session: Omit<SessionParts, 'clock' | 'logger' | 'timings' | 'onWelcome'>
  /** Called before a node enrols; it does so once this is done. */
  readonly onJoining: () => Promise<void>
  /** Called once, when the identity is known: at once for a node that enrolled earlier. */
  readonly onIdentity: (identity: EnrolledIdentity) => Promise<void>
  readonly onState: (state: LinkState) => void
  /** The master has revoked this node's key and says to stop its workloads, on the authority of this cluster epoch. */
  readonly onStopped: (clusterEpoch: string, reason: string) => void
  /** Looks after a task that runs beside the session. */
  readonly own: (task: Promise<void>) => void
}

const redialInitialMs = 500
const dialMs = 10_000
const closeMs = 2_000
/** For a good-bye; nobody waits longer for a stop. */
const byeMs = 1_500
/** After a renewal that was refused. */
const refusedRetryMs = 15_000
/** What a refused renewal says that the refused session did not. */
const tellingCodes: readonly ErrorCode[] = ['revoked', 'quarantined', 'pending', 'unknown-node']
/** A hold that only a person can lift is asked about this much more seldom than the redial cap says. */
const slowFactor = 4

/** Keeps one session with one of the masters, for as long as it runs. */
export class MasterLink {
  readonly #options: MasterLinkOptions
  readonly #renewal: Renewal
  #timings: Timings
  #session: { readonly session: Session; readonly channel: AgentChannel } | undefined
  #state: LinkState = { phase: 'dialling' }
  /** The last refusal since a master was connected. */
  #refusal: string | undefined

  constructor(options: MasterLinkOptions) {
    this.#options = options
    this.#timings = options.timings
    this.#renewal = new Renewal(options)
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
    if (enrolled === undefined && !(await this.#tried('preparing to join', () => this.#options.onJoining(), signal))) return
    const identity = enrolled ?? (await this.#enrol(signal))
    if (identity === undefined) return
    if (!(await this.#tried('taking up the identity', () => this.#options.onIdentity(identity), signal))) return
    const { clock, addresses } = this.#options
    let failures = 0
    let round: readonly string[] = []
    while (!this.#isOver(signal)) {
      if (round.length === 0) round = await addresses.round(signal)
      const [address, ...rest] = round
      round = rest
      const startedMs = clock.monotonicMs()
      const end = address === undefined ? this.#nowhere() : await this.#talk(address, signal)
      if (this.#isOver(signal)) break
      // A link that breaks as soon as it stands is no better than none.
      if (end.kind === 'lost' && end.welcomed && clock.monotonicMs() - startedMs >= this.#timings.redialCapMs) failures = 0
      if (end.kind === 'lost' && !end.welcomed && round.length > 0) continue
      await sleep(clock, this.#waitMs(end, failures), signal)
      failures += 1
    }
  }

  /** Says good-bye to the master, if one is there to hear it. */
  async bye(reason: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const open = this.#session
    this.#become({ phase: 'stopped' })
    if (open === undefined) return
    const sayAndClose = async (limit: AbortSignal): Promise<void> => {
      await open.session.bye(open.channel, reason, limit)
      await open.channel.close()
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

  #tried(what: string, attempt: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    const onTrouble = (reason: string): void => this.#become({ phase: 'enrolling', reason })
    return untilDone(attempt, { ...this.#options, what, pace: this.#redial, onTrouble }, signal)
  }

  /** One session; a certificate that is over, or not known any more, is renewed by its key first. */
  async #talk(address: string, signal: AbortSignal): Promise<SessionEnd> {
    const end = await this.#talkOnce(address, signal)
    if (!isMendedByRenewal(end) || this.#isOver(signal)) return end
    try {
      await this.#renewal.renew(address, signal)
    } catch (cause) {
      const error = PiccoloError.from(cause)
      if (!tellingCodes.includes(error.code)) return end
      const refused: SessionEnd = { kind: 'refused', error: { code: error.code, message: error.message }, retryAfterMs: refusedRetryMs }
      this.#ended(refused, signal)
      return refused
    }
    return this.#talkOnce(address, signal)
  }

  async #talkOnce(address: string, signal: AbortSignal): Promise<SessionEnd> {
    const { clock, logger } = this.#options
    let channel: AgentChannel
    try {
      channel = await withDeadline({ clock, ms: dialMs, signal, what: `Dialling ${address}` }, (limit) => this.#dial(address, limit))
    } catch (error) {
      const { code, message: reason } = PiccoloError.from(error)
      if (!signal.aborted) this.#become({ phase: 'dialling', reason })
      logger.debug({ address, reason }, 'dialling failed')
      return { kind: 'lost', reason, code, welcomed: false }
    }
    const session = new Session({ ...this.#options.session, clock, logger, timings: this.#timings, onWelcome: (welcome) => this.#welcomed(welcome, { address, signal }) })
    this.#session = { session, channel }
    const end = await session.run(channel, signal)
    this.#session = undefined
    this.#renewal.pause()
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
    const verifyServer = credentials.verifyServer(() => trustedTime.earliestMs())
    return transport.connect(address, { identity: enrolled.tls, verifyServer }, signal)
  }

  #welcomed(welcome: Welcome, { address, signal }: { readonly address: string; readonly signal: AbortSignal }): void {
    const { trustedTime, own } = this.#options
    this.#timings = welcome.timings
    this.#refusal = undefined
    own(trustedTime.learn(welcome.masterTimeMs))
    this.#renewal.keep(address, own, signal)
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
      if (code === 'revoked' && end.workloads === 'stop' && end.clusterEpoch !== undefined) this.#options.onStopped(end.clusterEpoch, message)
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

  #nowhere(): SessionEnd {
    const reason = 'No address of a master is known yet.'
    this.#become({ phase: 'dialling', reason })
    return { kind: 'lost', reason, welcomed: false }
  }

  #become(state: LinkState): void {
    if (this.#state.phase === 'stopped') return
    this.#state = state
    this.#options.onState(state)
  }
}

function isMendedByRenewal(end: SessionEnd): boolean {
  const code = end.kind === 'refused' ? end.error.code : end.kind === 'lost' && !end.welcomed ? end.code : undefined
  return code === 'expired' || code === 'unauthenticated'
}
