import assert from 'node:assert/strict'
import {
  PiccoloError, type AgentChannel, type ClientTls, type EnrollReply, type EnrollRequest, type ErrorCode, type MasterChannel, type SystemFacts,
  type Transport, type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import type { TransportSubject } from './subject.js'

/** Far beyond what any case needs; only a broken adapter waits for it. */
const patienceMs = 3_000

/** The promise's result, or a failure that says what did not happen. */
export async function within<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `not within ${patienceMs} ms: ${what}` })), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether the promise is still pending after the event loop has had time to move data. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  const pause = new Promise<typeof pending>((resolve) => setTimeout(() => resolve(pending), 100))
  return (await Promise.race([promise.then(() => undefined, () => undefined), pause])) === pending
}

export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<PiccoloError> {
  const error: unknown = await within(
    promise.then(() => assert.fail(`resolved, expected a PiccoloError ${code}`), (reason: unknown) => reason),
    `rejection with ${code}`,
  )
  assert.ok(PiccoloError.is(error), `expected a PiccoloError ${code}, got ${String(error)}`)
  assert.equal(error.code, code, error.message)
  return error
}

export const never: AbortSignal = new AbortController().signal

export const facts: SystemFacts = {
  hostname: 'edge-1', architecture: 'arm64', os: 'linux', kernel: '6.1', cpuCores: 4, memoryBytes: 4_294_967_296, diskBytes: 32_000_000_000,
  runtime: 'podman 4.3.1', cgroupVersion: 2, bootId: '7d8f0c1e',
}

export const enrollRequest: EnrollRequest = {
  versions: { min: 1, max: 1 }, token: 'pcl1.id.secret.pin', csr: Uint8Array.from([48, 130, 0, 255]), wantedNodeId: 'edge-1', facts,
}

export const enrollReply: EnrollReply = { cluster: 'demo', nodeId: 'edge-1', certificateChainPem: 'leaf', authoritiesPem: ['new', 'old'] }

export const anyServer: ClientTls = { verifyServer: () => undefined }

/** A listening master whose sessions stay open until their connection ends, unless `handlers` says otherwise. */
export interface Scene {
  readonly subject: TransportSubject
  readonly listener: TransportListener
  readonly address: string
  /** The next session that the master was given, with the signal of its handler. */
  nextSession(): Promise<{ readonly channel: MasterChannel; readonly signal: AbortSignal }>
  /** Sessions handed up so far. */
  readonly sessionCount: () => number
}

export async function scene(subject: TransportSubject, handlers: Partial<TransportHandlers> = {}): Promise<Scene> {
  const sessions: { channel: MasterChannel; signal: AbortSignal }[] = []
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
  return { subject, listener, address: await subject.reach(listener.address), nextSession, sessionCount: () => sessions.length }
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
export async function take<Message>(messages: AsyncIterator<Message>, count: number): Promise<Message[]> {
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
