import { AssertionError } from 'node:assert'
import type {
  AgentChannel, AgentMessage, ClientTls, EnrollReply, EnrollRequest, ErrorCode, MasterChannel, PiccoloError, RenewRequest, SystemFacts,
  Transport, TransportHandlers, TransportListener,
} from '@piccolo/core/spi'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import { later, stalls, within as inTime } from '../kit/within.js'
import type { TransportSubject } from './subject.js'

/** Far beyond what any case needs; only a broken adapter waits for it. */
const patience = { deadlineMs: 3_000 }

/** The promise's result, or a failure that says what did not happen. */
export function within<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  return later(inTime(patience, what, promise))
}

export function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<PiccoloError> {
  return later(refuses(code, () => within(promise, `rejection with ${code}`)))
}

const bulkBytes = 256 * 1024
/** More than any transport's and kernel's buffers together hold of what nobody takes. */
const mostBytes = 64 * 1024 * 1024

export function bulk(bytes = bulkBytes): AgentMessage {
  return { type: 'reply', commandId: 'bulk', payload: new Uint8Array(bytes).fill(7), done: false }
}

/** A channel that takes no more, because nobody consumes what it was given. */
export interface Filled {
  /** Messages whose send has resolved. */
  readonly sent: number
  /** The send that waits. */
  readonly waiting: Promise<void>
  /** Aborts it. */
  abort(): void
}

/** Sends messages of 256 KiB as long as the channel takes them; fails if that has no end. */
export async function filled(send: (signal: AbortSignal) => Promise<void>): Promise<Filled> {
  const controller = new AbortController()
  let sent = 0
  let isFull = false
  let waiting = Promise.resolve()
  const filling = (async (): Promise<void> => {
    for (; !isFull; sent += 1) {
      if (sent * bulkBytes >= mostBytes) throw new AssertionError({ message: `${mostBytes} bytes were taken in although nobody consumed them` })
      waiting = send(controller.signal)
      await waiting
    }
  })()
  await Promise.race([later(filling), stalls(patience, 'sending what nobody takes', () => sent)])
  isFull = true
  return { sent, waiting, abort: () => controller.abort() }
}

export const facts: SystemFacts = {
  hostname: 'edge-1', architecture: 'arm64', os: 'linux', kernel: '6.1', cpuCores: 4, memoryBytes: 4_294_967_296, diskBytes: 32_000_000_000,
  runtime: 'podman 4.3.1', cgroupVersion: 2, bootId: '7d8f0c1e',
}

export const enrollRequest: EnrollRequest = {
  versions: { min: 1, max: 1 }, token: 'pcl1.id.secret.pin', csr: Uint8Array.from([48, 130, 0, 255]), wantedNodeId: 'edge-1', facts,
}

export const renewRequest: RenewRequest = { versions: { min: 1, max: 2 }, csr: Uint8Array.from([1, 0, 255]) }

export const enrollReply: EnrollReply = { cluster: 'demo', nodeId: 'edge-1', certificateChainPem: 'leaf', authoritiesPem: ['new', 'old'] }

export const anyServer: ClientTls = { verifyServer: () => undefined }

/** A listening master whose sessions stay open until their connection ends, unless `handlers` says otherwise. */
export interface Scene {
  readonly subject: TransportSubject
  readonly listener: TransportListener
  readonly address: string
  /** The next session that the master was given. */
  nextSession(): Promise<SceneSession>
  /** Sessions handed up so far. */
  readonly sessions: readonly SceneSession[]
  readonly sessionCount: () => number
}

export interface SceneSession {
  readonly channel: MasterChannel
  /** Of its handler. */
  readonly signal: AbortSignal
}

export async function scene(subject: TransportSubject, handlers: Partial<TransportHandlers> = {}): Promise<Scene> {
  const sessions: SceneSession[] = []
  let wake = (): void => undefined
  let taken = 0
  const listener = await subject.master.listen(
    subject.material.server,
    {
      enroll: async () => enrollReply,
      renew: async () => enrollReply,
      ...handlers,
      session: async (channel, signal) => {
        sessions.push({ channel, signal })
        wake()
        await (handlers.session?.(channel, signal) ?? aborted(signal))
      },
    },
    never,
  )
  const nextSession: Scene['nextSession'] = async () => {
    for (;;) {
      const session = sessions[taken]
      if (session !== undefined) {
        taken += 1
        return session
      }
      await within(new Promise<void>((resolve) => (wake = resolve)), 'a session reaches the handler')
    }
  }
  return { subject, listener, address: await subject.reach(listener.address), nextSession, sessions, sessionCount: () => sessions.length }
}

/** Both ends of one new session. */
export async function connected(stage: Scene, agent: Transport = stage.subject.agent()): Promise<{ agent: AgentChannel; master: MasterChannel; signal: AbortSignal }> {
  const tls = { ...anyServer, identity: stage.subject.material.node }
  const channel = await within(agent.connect(stage.address, tls, never), 'connect')
  const { channel: master, signal } = await stage.nextSession()
  return { agent: channel, master, signal }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Takes messages until there are `count`, or until the end. */
export function take<Message>(messages: AsyncIterator<Message>, count: number): Promise<Message[]> {
  return later(taking(messages, count))
}

async function taking<Message>(messages: AsyncIterator<Message>, count: number): Promise<Message[]> {
  const taken: Message[] = []
  while (taken.length < count) {
    const next = await within(messages.next(), `message ${taken.length + 1} of ${count}`)
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

export function iterate<Message>(messages: AsyncIterable<Message>): AsyncIterator<Message> {
  return messages[Symbol.asyncIterator]()
}
