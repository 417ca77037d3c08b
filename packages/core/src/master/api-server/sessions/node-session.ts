import { PiccoloError } from '../../../errors/index.js'
import type { AgentMessage, Hello, MasterMessage } from '../../../protocol/index.js'
import type { MasterChannel } from '../../../spi/index.js'
import { admit, refusalOf, type Admitted } from './admit.js'
import { setSender } from './agent-sender.js'
import { commandDesk } from './command-desk.js'
import { converse } from './converse.js'
import type { OpenSession, SessionOptions } from './open-session.js'
import { outbox, type Outbox } from './outbox.js'
import { reportLane } from './report-lane.js'
import { sessionGuard, type SessionGuard } from './session-guard.js'
import type { LiveSession } from './session-registry.js'

const helloDeadlineMs = 10_000
/** For the reason to reach the node before its session closes. */
const tellMs = 100

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

interface Life {
  readonly signal: AbortSignal
  readonly end: () => void
}

async function open(channel: MasterChannel, hello: Hello, options: SessionOptions, life: Life): Promise<OpenSession> {
  const out = outbox(channel, life.signal)
  const counter = options.sessions.nextCounter()
  const { sessions } = options
  const { address } = channel.peer
  const admitted = await admit(channel, hello, options, {
    signal: life.signal,
    stillNewest: (node) => { sessions.stillNewest(node, counter) },
    takeOver(node) {
      if (sessions.get(node)?.silent() === false) options.takeovers.count(node)
    },
  })
  const node = hello.nodeId
  const { nodes, news, random } = options
  const guard = sessionGuard({ principal: admitted.principal, revision: admitted.revision, role: admitted.role, address, nodes, news, random })
  const obstacle = guard.obstacle()
  if (obstacle !== undefined) {
    await channel.send(refusalOf(obstacle, options.clusterEpoch), life.signal).catch(() => undefined)
    throw obstacle
  }
  // Ends at once what the session does; the session itself lives on until its node has been told why.
  const over = new AbortController()
  const workers = workersOf(hello, options, { counter, out, signal: AbortSignal.any([life.signal, over.signal]) })
  const { desk, lane, sender } = workers
  const heard = { wallMs: options.clock.wallMs(), monotonicMs: options.clock.monotonicMs() }
  const removeSession = sessions.add(liveSession(node, { counter, channel, options, workers, out, heard, over, admitted, guard, life }))
  const checkResynced = (): void => {
    if (over.signal.aborted) return
    const target = options.sets.of(node)?.version
    if (lane.synced && target !== undefined && target.generation === sender.acknowledged?.generation) options.life.resynced(node)
  }
  const forgetSender = options.sets.subscribe(node, () => {
    sender.wake()
    checkResynced()
  })
  out.post(welcome(node, counter, { ...admitted, guard }, options))
  sender.wake()
  options.life.sessionOpened(node, admitted.timings)
  lane.whenSettled(() => {
    checkResynced()
    options.settled(node)
  })
  return {
    node, guard, out, lane, sender, desk, options, checkResynced, signal: life.signal,
    isOver: () => over.signal.aborted,
    setLastHeard: () => Object.assign(heard, { wallMs: options.clock.wallMs(), monotonicMs: options.clock.monotonicMs() }),
    close() {
      forgetSender()
      desk.close()
      removeSession()
      if (options.sessions.get(node) === undefined) options.life.sessionClosed(node)
    },
  }
}

type Workers = Pick<OpenSession, 'desk' | 'lane' | 'sender'>

function workersOf(hello: Hello, options: SessionOptions, { counter, out, signal }: { readonly counter: number; readonly out: Outbox; readonly signal: AbortSignal }): Workers {
  const { clock, random, logger, reports, sets } = options
  const { nodeId: node, stateEpoch, held } = hello
  const { post } = out
  let commands = 0
  const desk = commandDesk({ clock, post, nextId: () => `${String(counter)}-${String((commands += 1))}` })
  const lane = reportLane({ clock, random, logger, reports, sets, node, stateEpoch, held: held?.generation, post, signal })
  const sender = setSender({ clock, random, logger, node, sets, held, post, failed: lane.fail, signal })
  return { desk, lane, sender }
}

interface Inside {
  readonly counter: number
  readonly channel: MasterChannel
  readonly options: SessionOptions
  readonly workers: Workers
  readonly out: Outbox
  readonly heard: { readonly wallMs: number; readonly monotonicMs: number }
  readonly over: AbortController
  readonly admitted: Admitted
  readonly guard: SessionGuard
  readonly life: Life
}

/** What others may know of a session and do with it. */
function liveSession(node: string, { counter, channel, options: { clock, clusterEpoch }, workers, out, heard, over, admitted, guard, life }: Inside): LiveSession {
  return {
    node,
    counter,
    address: channel.peer.address,
    openedAtMs: clock.wallMs(),
    lastHeardMs: () => heard.wallMs,
    silent: () => clock.monotonicMs() - heard.monotonicMs > admitted.timings.suspectMs,
    acknowledged: () => workers.sender.acknowledged,
    settled: () => workers.lane.settled,
    command: workers.desk.run,
    obstacle: guard.obstacle,
    end(error) {
      if (over.signal.aborted) return
      over.abort()
      out.post(refusalOf(error, clusterEpoch))
      clock.schedule(tellMs, life.end)
    },
  }
}

function welcome(node: string, counter: number, { version, timings, acknowledged, guard }: Admitted & { readonly guard: SessionGuard }, { term, clusterEpoch, clock, sets }: SessionOptions): MasterMessage {
  const wanted = sets.of(node)
  return {
    type: 'welcome',
    version,
    sessionEpoch: { term, counter },
    clusterEpoch,
    sessionToken: guard.token,
    timings,
    masterTimeMs: clock.wallMs(),
    ...(acknowledged !== undefined && { acknowledged }),
    ...(wanted !== undefined && { wanted: wanted.version }),
    storeRevision: sets.revision,
  }
}
