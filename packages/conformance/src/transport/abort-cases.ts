import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { AgentChannel, AgentMessage, ClientTls, EnrollReply, MasterChannel, Transport, TransportHandlers } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { aborted, anyServer, connected, enrollReply, enrollRequest, iterate, rejection, renewRequest, scene, take, within, type Scene } from './harness.js'
import type { TransportSubject } from './subject.js'
import { leafOf } from './tls-material.js'

interface AbortScene {
  readonly stage: Scene
  readonly subject: TransportSubject
  readonly transport: Transport
  readonly agent: AgentChannel
  readonly master: MasterChannel
  /** Servers judged, calls and sessions handed up, since the scene was set. */
  readonly noticed: () => number
  readonly tls: ClientTls
}

const beat = (number: number): AgentMessage => ({ type: 'beat', number, sentAtBootMs: 1, lastEcho: 0, loopAgeMs: 0 })

async function enter(subject: TransportSubject, run: (scene: AbortScene) => Promise<void>): Promise<void> {
  let noticed = 0
  const answer = async (): Promise<EnrollReply> => {
    noticed += 1
    return enrollReply
  }
  const stage = await scene(subject, { enroll: answer, renew: answer })
  const { agent, master } = await connected(stage)
  const tls = { identity: subject.material.node, verifyServer: () => void (noticed += 1) }
  await run({ stage, subject, transport: subject.agent(), agent, master, tls, noticed: () => noticed + stage.sessionCount() - 1 })
}

const nobodyNoticed = async ({ noticed }: AbortScene): Promise<void> => { assert.equal(noticed(), 0, 'somebody was dialled') }

const methods = abortCases<AbortScene, TransportSubject>({
  prefix: 'transport',
  enter,
  rows: [
    { method: 'enroll', call: ({ stage, transport, tls }, signal) => transport.enroll(stage.address, enrollRequest, tls, signal), untouched: nobodyNoticed },
    { method: 'renew', call: ({ stage, transport, tls }, signal) => transport.renew(stage.address, renewRequest, tls, signal), untouched: nobodyNoticed },
    { method: 'connect', call: ({ stage, transport, tls }, signal) => transport.connect(stage.address, tls, signal), untouched: nobodyNoticed },
    {
      method: 'send',
      call: ({ agent }, signal) => agent.send(beat(0), signal),
      untouched: async ({ agent, master }) => {
        await within(agent.send(beat(1), never), 'send after the abort')
        assert.deepEqual(await take(iterate(master.messages), 1), [beat(1)])
      },
    },
  ],
})

const handlers: TransportHandlers = { enroll: async () => enrollReply, renew: async () => enrollReply, session: (_, signal) => aborted(signal) }

const listening: ConformanceCase<TransportSubject> = {
  id: 'transport/aborted-listen',
  title: 'listen: is refused as `aborted` when it was aborted before, and leaves the address free',
  async run({ master, material, agent, reach }) {
    await rejection(master.listen(material.server, handlers, AbortSignal.abort()), 'aborted')
    const { address } = await within(master.listen(material.server, handlers, never), 'listen after the abort')
    await within(agent().enroll(await reach(address), enrollRequest, anyServer, never), 'enroll')
  },
}

const midCall: ConformanceCase<TransportSubject> = {
  id: 'transport/abort-reaches-the-handler',
  title: 'aborting enroll or renew while it is served rejects it with `aborted` and aborts the signal of its handler',
  async run(subject) {
    let begun = (_: Promise<void>): void => undefined
    const serve = async (signal: AbortSignal): Promise<EnrollReply> => {
      begun(aborted(signal))
      await aborted(signal)
      return enrollReply
    }
    const { address } = await scene(subject, { enroll: (_request, _peer, signal) => serve(signal), renew: (_request, _peer, signal) => serve(signal) })
    const agent = subject.agent()
    const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => agent.enroll(address, enrollRequest, anyServer, signal),
      (signal) => agent.renew(address, renewRequest, anyServer, signal),
    ]
    for (const call of calls) {
      const caller = new AbortController()
      const handling = new Promise<{ readonly ended: Promise<void> }>((resolve) => (begun = (ended) => resolve({ ended })))
      const rejected = rejection(call(caller.signal), 'aborted')
      const { ended } = await within(handling, 'the handler is called')
      caller.abort()
      await rejected
      await within(ended, 'the signal of the handler aborts')
    }
  },
}

const midConnect: ConformanceCase<TransportSubject> = {
  id: 'transport/connect-abort',
  title: 'aborting connect while the server is judged rejects it with `aborted`; a session that it had reached by then ends',
  async run(subject) {
    const stage = await scene(subject)
    const caller = new AbortController()
    const verifyServer = (): void => caller.abort()
    await rejection(subject.agent().connect(stage.address, { verifyServer, identity: subject.material.node }, caller.signal), 'aborted')
    // By then whatever the aborted one has reached of the master is known there.
    const channel = await within(subject.agent().connect(stage.address, { ...anyServer, identity: subject.material.otherNode }, never), 'connect')
    await within(channel.send(beat(1), never), 'send')
    const later = leafOf(subject.material.otherNode)
    for (const { channel: { peer }, signal } of stage.sessions.filter(({ channel: { peer } }) => !isDeepStrictEqual(peer.certificate, later))) {
      await within(aborted(signal), `the session of ${peer.address} ends`)
    }
  },
}

const afterConnect: ConformanceCase<TransportSubject> = {
  id: 'transport/connect-signal-ends-with-dialling',
  title: 'the signal of connect bounds the dialling only: aborted later, the session lives on',
  async run(subject) {
    const stage = await scene(subject)
    const caller = new AbortController()
    const channel = await within(subject.agent().connect(stage.address, { ...anyServer, identity: subject.material.node }, caller.signal), 'connect')
    const { channel: master } = await stage.nextSession()
    caller.abort()
    await within(channel.send(beat(1), never), 'send')
    assert.deepEqual(await take(iterate(master.messages), 1), [beat(1)])
  },
}

/** What aborting does, method by method, and how far it reaches. */
export const transportAbortCases: readonly ConformanceCase<TransportSubject>[] = [...methods, listening, midCall, midConnect, afterConnect]
