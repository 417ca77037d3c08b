import { PiccoloError, type ErrorCode } from '../errors/index.js'
import { protocolVersions, type AgentMessage, type Assign, type Command, type Hello, type MasterMessage, type MessageContext, type Readiness, type Refuse, type Timings, type Welcome } from '../protocol/index.js'
import type { AgentChannel, Cancel, Clock, Logger } from '../spi/index.js'
import { exponentialMs } from '../waiting/index.js'
import { Heartbeat } from './heartbeat.js'
import type { Journal } from './journal.js'
import { linkedAbort, type LinkedAbort } from './linked-abort.js'
import { Outbox } from './outbox.js'
import { sameVersion, type Replica } from './replica.js'
import type { SignalLane } from './signal-lane.js'
import type { StatusLane } from './status-lane.js'
import { untilAborted } from './until-aborted.js'

/** Why a session is over. */
export type SessionEnd =
  /** The other side closed it, the connection broke, or nothing was heard for too long. */
  | { readonly kind: 'lost'; readonly reason: string; readonly code?: ErrorCode; readonly welcomed: boolean }
  | ({ readonly kind: 'refused' } & Omit<Refuse, 'type'>)
  /** This master must not lead this node. A person has to decide; the node keeps running what it runs. */
  | { readonly kind: 'held'; readonly reason: string }

/** Answers the commands of one session. */
export interface CommandRunner {
  begin(command: Command): void
  /** Ends everything that is under way. */
  close(): void
}

export interface SessionParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly replica: Replica
  readonly journal: Journal
  readonly lane: StatusLane
  readonly signals: SignalLane
  readonly hello: () => Hello
  readonly readiness: () => Readiness | undefined
  readonly commands: (outbox: Outbox) => CommandRunner
  /** What holds until the master's welcome brings its own. */
  readonly timings: Timings
  readonly onWelcome: (welcome: Welcome) => void
  readonly onLease: (sentAtBootMs: number) => void
}

/** How long a hello may go unanswered, whatever the profile says. */
const welcomeMs = 10_000
/** Wait before the master is asked for the set again that could not be taken, for want of space for instance. */
const askAgain = { initialMs: 1_000, capMs: 60_000 }

/** One authenticated conversation with a master, from hello to its end. */
export class Session {
  readonly #parts: SessionParts
  readonly #outbox = new Outbox()
  readonly #commands: CommandRunner
  #timings: Timings
  #heartbeat: Heartbeat | undefined
  /** Of the welcome: says in every message which session it belongs to. */
  #token: string | undefined
  #sequence = 0
  #refusals = 0
  /** Stored, but the master has not been told yet. */
  #untold: AgentMessage | undefined
  #cancelSilence: Cancel = () => undefined
  #cancelAsking: Cancel = () => undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#timings = parts.timings
    this.#commands = parts.commands(this.#outbox)
  }

  /** Something that the session sends by itself may have changed. */
  wake(): void {
    this.#outbox.wake()
  }

  /** Says so to the master, as part of this session. */
  async bye(channel: AgentChannel, reason: string, signal: AbortSignal): Promise<void> {
    if (this.#token !== undefined) await this.#send(channel, { type: 'bye', reason }, signal)
  }

  #send(channel: AgentChannel, message: AgentMessage, signal: AbortSignal): Promise<void> {
    if (this.#token === undefined) return channel.send(message, signal)
    this.#sequence += 1
    return channel.send({ ...message, sessionToken: this.#token, sequence: this.#sequence }, signal)
  }

  /** Talks until the session ends. Whoever opened the channel closes it. */
  async run(channel: AgentChannel, signal: AbortSignal): Promise<SessionEnd> {
    using life = linkedAbort(signal)
    let pump: Promise<void> | undefined
    try {
      this.#expectWord(life, Math.min(welcomeMs, this.#timings.disconnectedMs))
      await channel.send(this.#parts.hello(), life.signal)
      for await (const message of untilAborted(channel.messages, life.signal)) {
        this.#expectWord(life, this.#heartbeat === undefined ? welcomeMs : this.#timings.disconnectedMs)
        const end = await this.#receive(message)
        if (end !== undefined) return end
        if (this.#heartbeat !== undefined) pump ??= this.#outbox.pump((message, limit) => this.#send(channel, message, limit), life.signal).catch((error: unknown) => life.abort(error))
      }
      return this.#lost(life.signal.aborted ? life.signal.reason : 'The master closed the session.')
    } catch (error) {
      return this.#lost(error)
    } finally {
      this.#cancelSilence()
      this.#cancelAsking()
      this.#heartbeat?.stop()
      this.#commands.close()
      life.abort()
      await pump
    }
  }

  /** Gives up when nothing is heard for `ms`. */
  #expectWord(life: LinkedAbort, ms: number): void {
    this.#cancelSilence()
    this.#cancelSilence = this.#parts.clock.schedule(ms, () => life.abort(`Nothing was heard from the master for ${ms} ms.`))
  }

  #lost(reason: unknown): SessionEnd {
    const text = typeof reason === 'string' ? reason : PiccoloError.from(reason).message
    return { kind: 'lost', reason: text, welcomed: this.#heartbeat !== undefined }
  }

  async #receive(message: MasterMessage): Promise<SessionEnd | undefined> {
    if (message.type === 'refuse') {
      const { type: _, ...refusal } = message
      return { kind: 'refused', ...refusal }
    }
    if (message.type === 'welcome') return this.#heartbeat === undefined ? this.#welcomed(message) : undefined
    // Nothing counts before the welcome: it says who is speaking.
    if (this.#heartbeat === undefined) return undefined
    switch (message.type) {
      case 'assign':
        await this.#assign(message, message.context)
        break
      case 'ack':
        this.#parts.replica.sawRevision(message.storeRevision)
        this.#parts.journal.acknowledge(message.position)
        break
      case 'beat':
        this.#heartbeat.echoed(message)
        break
      case 'command':
        this.#parts.logger.debug({ command: message.command.name, commandId: message.commandId, ...message.context }, 'command')
        this.#commands.begin(message)
        break
      default:
        // A newer master may say more than we know.
        message satisfies never
    }
    return undefined
  }

  async #welcomed(welcome: Welcome): Promise<SessionEnd | undefined> {
    const { clock, logger, replica, journal, lane, signals, onWelcome, onLease } = this.#parts
    if (welcome.version < protocolVersions.min || welcome.version > protocolVersions.max) {
      const message = `The master chose protocol version ${welcome.version}; this agent speaks ${protocolVersions.min} to ${protocolVersions.max}.`
      return { kind: 'refused', error: { code: 'unsupported', message }, retryAfterMs: this.#timings.redialCapMs }
    }
    const hold = reasonToHold(welcome, replica)
    if (hold !== undefined) return { kind: 'held', reason: hold }
    this.#timings = welcome.timings
    this.#token = welcome.sessionToken
    onWelcome(welcome)
    if (welcome.acknowledged !== undefined) journal.acknowledge(welcome.acknowledged)
    this.#heartbeat = new Heartbeat({ clock, beatMs: welcome.timings.beatMs, send: (beat) => this.#outbox.urgent(beat), onLease })
    this.#heartbeat.start()
    if (welcome.wanted === undefined || !sameVersion(welcome.wanted, replica.set.version)) this.#sendInventory()
    this.#addReadiness()
    this.#outbox.add(bind(lane.reader()))
    // Behind the statuses: a master that hears of a removal must have heard before of what still runs, or it would take it for gone.
    this.#outbox.add(() => this.#held())
    this.#outbox.add(bind(journal.reader()))
    this.#outbox.add(() => signals.next())
    const trouble = await replica.lead({ clusterEpoch: welcome.clusterEpoch, term: welcome.sessionEpoch.term, storeRevision: welcome.storeRevision })
    if (trouble !== undefined) logger.warn({ reason: trouble.message }, 'the term of the master could not be stored')
    return undefined
  }

  async #assign({ delta, storeRevision }: Assign, context: MessageContext | undefined): Promise<void> {
    const { replica, logger } = this.#parts
    const error = await replica.apply(delta, storeRevision)
    const asked = context === undefined ? {} : { context }
    const generation = String(delta.target.generation)
    this.#cancelAsking()
    if (error === undefined) {
      logger.info({ generation, ...context }, 'holds another set')
      this.#refusals = 0
      this.#untold = { type: 'held', version: delta.target, ...asked }
      this.#outbox.wake()
      return
    }
    // What fails again and again is told once.
    logger[this.#refusals === 0 ? 'warn' : 'debug']({ generation, code: error.code, reason: error.message, ...context }, 'refused a set')
    this.#outbox.urgent({ type: 'assign-refused', generation: delta.target.generation, error, ...asked })
    // What is really held lets the master answer with a change that fits. At once if only the base was wrong; what fails again
    // and again is not worth the link.
    const delayMs = error.code === 'conflict' && this.#refusals === 0 ? 0 : exponentialMs(this.#refusals, askAgain)
    this.#refusals += 1
    if (delayMs === 0) this.#sendInventory()
    else this.#cancelAsking = this.#parts.clock.schedule(delayMs, () => this.#sendInventory())
  }

  #held(): AgentMessage | undefined {
    const held = this.#untold
    this.#untold = undefined
    return held
  }

  #sendInventory(): void {
    this.#outbox.urgent({ type: 'inventory', items: this.#parts.replica.inventory() })
  }

  #addReadiness(): void {
    let sent: Readiness | undefined
    this.#outbox.add(() => {
      const readiness = this.#parts.readiness()
      if (readiness === undefined || readiness === sent) return undefined
      sent = readiness
      return { type: 'readiness', readiness }
    })
  }
}

function bind<Message>(reader: { next(): Message | undefined }): () => Message | undefined {
  return () => reader.next()
}

function reasonToHold({ clusterEpoch, sessionEpoch }: Welcome, { set }: Replica): string | undefined {
  if (set.clusterEpoch !== undefined && set.clusterEpoch !== clusterEpoch) {
    return `The master speaks for cluster epoch ${clusterEpoch}, this node holds a set of ${set.clusterEpoch}.`
  }
  if (sessionEpoch.term < set.highestTerm) {
    return `The master's term ${sessionEpoch.term} is over: this node has followed term ${set.highestTerm}.`
  }
  return undefined
}
