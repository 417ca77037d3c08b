import { PiccoloError } from '../../errors/index.js'
import { commonVersion, protocolVersions, type AgentMessage, type Hello, type SystemFacts, type Timings } from '../../protocol/index.js'
import type { AdapterContext, Authenticator, MasterChannel } from '../../spi/index.js'
import { setSender, type NodeSets, type SetSender } from './agent-sender.js'
import { commandDesk, type CommandDesk } from './command-desk.js'
import { hex } from '../hex.js'
import type { Reports, SignsOfLife } from './needs.js'
import { outbox, type Outbox } from './outbox.js'
import { reportLane, type ReportLane } from './report-lane.js'
import type { LiveSession, SessionRegistry } from './session-registry.js'

const helloDeadlineMs = 10_000
const refusedRetryMs = 5_000

/** What the ApiServer knows of a node that wants a session. */
export interface Admission {
  /** Checks key and registration; throws what the node is told. */
  admit(node: string, keyFingerprint: string, signal: AbortSignal): Promise<{ readonly timings: Timings }>
  /** Keeps what the node said of itself, if it changed. */
  remember(node: string, said: { readonly agentVersion: string; readonly facts: SystemFacts }, signal: AbortSignal): Promise<void>
}

export interface SessionOptions extends AdapterContext {
  readonly cluster: string
  readonly clusterEpoch: string
  readonly term: bigint
  readonly authenticator: Authenticator
  readonly admission: Admission
  readonly sets: NodeSets
  readonly reports: Reports
  readonly life: SignsOfLife
  readonly sessions: SessionRegistry
  /** What a node holds and runs is known anew: a move may go on. */
  readonly settled: (node: string) => void
}

/** One session from its hello to its end. Resolves on an orderly end; a rejection is told to the node. */
export async function runSession(channel: MasterChannel, options: SessionOptions, outerSignal: AbortSignal): Promise<void> {
  const ending = new AbortController()
  const signal = AbortSignal.any([outerSignal, ending.signal])
  const messages = channel.messages[Symbol.asyncIterator]()
  try {
    const hello = await firstHello(messages, options)
    const opened = await open(channel, hello, options, { signal, end: () => { ending.abort() } })
    try {
      await Promise.race([converse(messages, opened), opened.out.ended, opened.lane.failed])
    } finally {
      opened.close()
    }
  } catch (error) {
    // An end that somebody asked for is none of these; the transport tells the node the reason.
    if (signal.aborted) return
    const { code, message } = PiccoloError.from(error)
    options.logger.warn({ address: channel.peer.address, code, reason: message }, 'session ended')
    throw error
  } finally {
    ending.abort()
  }
}

interface OpenSession {
  readonly node: string
  readonly out: Outbox
  readonly lane: ReportLane
  readonly sender: SetSender
  readonly desk: CommandDesk
  readonly options: SessionOptions
  readonly setLastHeard: () => void
  /** Whether it was told to end: what comes after that counts no more. */
  readonly isOver: () => boolean
  /** The full status set is in and the wanted set is held. */
  readonly checkResynced: () => void
  readonly close: () => void
}

async function firstHello(messages: AsyncIterator<AgentMessage>, { clock }: SessionOptions): Promise<Hello> {
  let cancel: () => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = clock.schedule(helloDeadlineMs, () => { reject(new PiccoloError('deadline-exceeded', 'No hello came; the session ends.')) })
  })
  try {
    const first = await Promise.race([messages.next(), late])
    if (first.done === true || first.value.type !== 'hello') throw new PiccoloError('invalid-argument', 'The first message of a session must be hello.')
    return first.value
  } finally {
    cancel()
  }
}

async function open(
  channel: MasterChannel,
  hello: Hello,
  options: SessionOptions,
  life: { readonly signal: AbortSignal; readonly end: () => void },
): Promise<OpenSession> {
  const { signal } = life
  const out = outbox(channel, signal)
  const refuse = async (error: PiccoloError): Promise<never> => {
    await channel.send({ type: 'refuse', error: { code: error.code, message: error.message }, retryAfterMs: refusedRetryMs }, signal)
    throw error
  }
  const { version, timings } = await check(channel, hello, options, signal).catch((error: unknown) => refuse(PiccoloError.from(error)))
  const node = hello.nodeId
  const acknowledged = await options.reports.acknowledged(node, hello.stateEpoch, signal)
  await options.admission.remember(node, { agentVersion: hello.agentVersion, facts: hello.facts }, signal)

  let lastHeardMs = options.clock.wallMs()
  let heardAtMs = options.clock.monotonicMs()
  let commandCounter = 0
  const counter = options.sessions.nextCounter()
  const { clock, random, logger, reports, sets } = options
  // Ends at once what the session does; the session itself lives on until its node has been told why.
  const over = new AbortController()
  const working = AbortSignal.any([signal, over.signal])
  const desk = commandDesk({ clock, post: out.post, nextId: () => `${String(counter)}-${String((commandCounter += 1))}` })
  const lane = reportLane({ clock, random, logger, reports, sets, node, stateEpoch: hello.stateEpoch, held: hello.held?.generation, post: out.post, signal: working })
  const sender = setSender({ clock, random, logger, node, sets, held: hello.held, post: out.post, failed: lane.fail, signal: working })
  const session: LiveSession = {
    node,
    address: channel.peer.address,
    openedAtMs: lastHeardMs,
    lastHeardMs: () => lastHeardMs,
    silent: () => options.clock.monotonicMs() - heardAtMs > timings.suspectMs,
    acknowledged: () => sender.acknowledged,
    settled: () => lane.settled,
    command: desk.run,
    end(error) {
      if (over.signal.aborted) return
      over.abort()
      out.post({ type: 'refuse', error, retryAfterMs: refusedRetryMs })
      options.clock.schedule(100, life.end)
    },
  }
  const removeSession = options.sessions.add(session)
  const forgetSender = options.sets.subscribe(node, () => {
    sender.wake()
    checkResynced()
  })
  const wanted = options.sets.of(node)
  out.post({
    type: 'welcome',
    version,
    sessionEpoch: { term: options.term, counter },
    clusterEpoch: options.clusterEpoch,
    sessionToken: hex(options.random.bytes(16)),
    timings,
    masterTimeMs: options.clock.wallMs(),
    ...(acknowledged !== undefined && { acknowledged }),
    ...(wanted !== undefined && { wanted: wanted.version }),
    storeRevision: options.sets.revision,
  })
  sender.wake()
  options.life.sessionOpened(node, timings)
  const checkResynced = (): void => {
    if (over.signal.aborted) return
    const target = options.sets.of(node)?.version
    if (lane.synced && target !== undefined && target.generation === sender.acknowledged?.generation) options.life.resynced(node)
  }
  lane.whenSettled(() => {
    checkResynced()
    options.settled(node)
  })
  return {
    node, out, lane, sender, desk, options, checkResynced,
    isOver: () => over.signal.aborted,
    setLastHeard: () => {
      lastHeardMs = options.clock.wallMs()
      heardAtMs = options.clock.monotonicMs()
    },
    close() {
      forgetSender()
      desk.close()
      removeSession()
      if (options.sessions.get(node) === undefined) options.life.sessionClosed(node)
    },
  }
}

async function check(channel: MasterChannel, hello: Hello, options: SessionOptions, signal: AbortSignal): Promise<{ version: number; timings: Timings }> {
  const certificate = channel.peer.certificate
  const principal = certificate === undefined ? undefined : await options.authenticator.authenticate({ type: 'certificate', certificate }, signal)
  if (principal?.kind !== 'node') throw new PiccoloError('unauthenticated', 'This session proves no node of this cluster; enrol with a token from "piccolo token create".')
  if (principal.cluster !== options.cluster || principal.nodeId !== hello.nodeId) {
    throw new PiccoloError('unauthenticated', `The certificate belongs to node "${principal.nodeId}" of cluster "${principal.cluster}", the hello says "${hello.nodeId}".`)
  }
  const version = commonVersion(protocolVersions, hello.versions)
  if (version === undefined) {
    const range = ({ min, max }: Hello['versions']): string => `${String(min)}–${String(max)}`
    throw new PiccoloError('unsupported', `The agent speaks protocol ${range(hello.versions)}, this master ${range(protocolVersions)}; update the older one.`)
  }
  const { timings } = await options.admission.admit(hello.nodeId, principal.keyFingerprint, signal)
  if (hello.clusterEpoch !== undefined && hello.clusterEpoch !== options.clusterEpoch) {
    throw new PiccoloError('failed-precondition', 'The node holds the set of another cluster epoch; it keeps running what it runs until a person decides.')
  }
  if (hello.highestRevision > options.sets.revision) {
    throw new PiccoloError('failed-precondition', 'The node has seen a later state than this master has: the store went back in time. The node keeps running what it runs until a person decides.')
  }
  return { version, timings }
}

async function converse(messages: AsyncIterator<AgentMessage>, session: OpenSession): Promise<void> {
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    if (session.isOver()) continue
    session.setLastHeard()
    if (next.value.type === 'bye') return
    take(next.value, session)
  }
}

function take(message: AgentMessage, session: OpenSession): void {
  const { node, lane, sender, desk, out, options } = session
  switch (message.type) {
    case 'beat':
      out.post({ type: 'beat', number: message.number, sentAtBootMs: message.sentAtBootMs, lease: true })
      options.life.beat(node, { echoed: message.lastEcho > 0, loopAgeMs: message.loopAgeMs })
      return
    case 'readiness':
      options.life.readiness(node, message.readiness)
      return
    case 'inventory':
      sender.inventory(message.items)
      return
    case 'held':
      sender.held(message.version)
      lane.take(message)
      session.checkResynced()
      return
    case 'assign-refused':
      options.logger.warn({ node, generation: String(message.generation), code: message.error.code, reason: message.error.message }, 'node refused its set')
      sender.refused(message.generation)
      return
    case 'status':
    case 'synced':
    case 'report':
      lane.take(message)
      return
    case 'reply':
      desk.reply(message)
      return
    case 'hello':
    case 'bye':
      return
  }
}
