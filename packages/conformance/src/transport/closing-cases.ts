import assert from 'node:assert/strict'
import { PiccoloError, type AgentMessage, type MasterMessage } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { aborted, anyServer, connected, enrollRequest, iterate, never, rejection, scene, take, within } from './harness.js'
import type { TransportSubject } from './subject.js'

const beat: AgentMessage = { type: 'beat', number: 1, sentAtBootMs: 1, lastEcho: 0, loopAgeMs: 0 }
const echo: MasterMessage = { type: 'beat', number: 1, sentAtBootMs: 1, lease: true }

/** How sessions, listeners and transports end. */
export const closingCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/agent-closes',
    title: "after the agent's close the master gets what was sent before and then the end; both sides' messages end without an error",
    async run(subject) {
      const { agent, master, signal } = await connected(await scene(subject))
      const taking = take(iterate(master.messages), 3)
      await agent.send(beat, never)
      await agent.send(beat, never)
      await within(Promise.all([agent.close(), agent.close()]), 'close, twice')
      assert.deepEqual(await taking, [beat, beat])
      assert.deepEqual(await take(iterate(agent.messages), 1), [])
      await within(aborted(signal), 'the signal of the handler aborts')
      await rejection(agent.send(beat, never), 'unavailable')
      await rejection(master.send(echo, never), 'unavailable')
    },
  },
  {
    id: 'transport/master-closes',
    title: "after the master's close the agent gets what was sent before and then the end",
    async run(subject) {
      const { agent, master, signal } = await connected(await scene(subject))
      await master.send(echo, never)
      await master.send(echo, never)
      const taking = take(iterate(agent.messages), 3)
      await within(Promise.all([master.close(), master.close()]), 'close, twice')
      assert.deepEqual(await taking, [echo, echo])
      assert.deepEqual(await take(iterate(master.messages), 1), [])
      await within(aborted(signal), 'the signal of the handler aborts')
      await rejection(master.send(echo, never), 'unavailable')
      await rejection(agent.send(beat, never), 'unavailable')
    },
  },
  {
    id: 'transport/handler-returns',
    title: 'the channel closes when its handler returns; what it sent last still arrives',
    async run(subject) {
      const stage = await scene(subject, { session: (channel) => channel.send(echo, never) })
      const { agent } = await connected(stage)
      assert.deepEqual(await take(iterate(agent.messages), 2), [echo])
    },
  },
  {
    id: 'transport/handler-rejects',
    title: "a handler's rejection is told to the agent: after what was sent before, its messages end in that error",
    async run(subject) {
      const stage = await scene(subject, {
        session: async (channel) => {
          for (let count = 0; count < 20; count += 1) await channel.send(echo, never)
          throw new PiccoloError('revoked', 'this node was removed', { details: { by: 'admin' } })
        },
      })
      const messages = iterate((await connected(stage)).agent.messages)
      assert.equal((await take(messages, 20)).length, 20)
      const error = await rejection(messages.next(), 'revoked')
      assert.equal(error.message, 'this node was removed')
      assert.deepEqual(error.details, { by: 'admin' })
    },
  },
  {
    id: 'transport/connection-breaks',
    title: 'when the connection breaks, messages end in `unavailable` on both sides, send refuses, and the signal of the handler aborts',
    async run(subject) {
      const { agent, master, signal } = await connected(await scene(subject))
      const ends = [rejection(iterate(agent.messages).next(), 'unavailable'), rejection(iterate(master.messages).next(), 'unavailable')]
      subject.sever()
      await Promise.all(ends)
      await within(aborted(signal), 'the signal of the handler aborts')
      await rejection(agent.send(beat, never), 'unavailable')
      await rejection(master.send(echo, never), 'unavailable')
      await within(Promise.all([agent.close(), master.close()]), 'close of what is broken')
    },
  },
  {
    id: 'transport/no-redial',
    title: 'a broken connection is not made anew behind the back of its owner',
    async run(subject) {
      const stage = await scene(subject)
      const { agent } = await connected(stage)
      const end = rejection(iterate(agent.messages).next(), 'unavailable')
      subject.sever()
      await end
      const second = await connected(stage)
      await within(second.agent.close(), 'close')
      assert.equal(stage.sessionCount(), 2)
    },
  },
  {
    id: 'transport/connect-abort',
    title: 'aborting connect rejects it with `aborted` and leaves no session behind',
    async run(subject) {
      const stage = await scene(subject)
      const caller = new AbortController()
      const verifyServer = (): void => caller.abort()
      await rejection(subject.agent().connect(stage.address, { verifyServer, identity: subject.material.node }, caller.signal), 'aborted')
      const { agent } = await connected(stage)
      // What the aborted one may have reached of the master is over, the later session is not.
      await within(agent.send(beat, never), 'send')
      assert.ok(stage.sessionCount() <= 2)
    },
  },
  {
    id: 'transport/connect-signal-ends-with-dialling',
    title: 'the signal of connect bounds the dialling only: aborted later, the session lives on',
    async run(subject) {
      const stage = await scene(subject)
      const caller = new AbortController()
      const channel = await within(subject.agent().connect(stage.address, { ...anyServer, identity: subject.material.node }, caller.signal), 'connect')
      const { channel: master } = await stage.nextSession()
      caller.abort()
      await within(channel.send(beat, never), 'send')
      assert.deepEqual(await take(iterate(master.messages), 1), [beat])
    },
  },
  {
    id: 'transport/listener-closes',
    title: 'closing the listener ends its sessions in good order and refuses new connections',
    async run(subject) {
      const stage = await scene(subject)
      const { agent } = await connected(stage)
      const end = take(iterate(agent.messages), 1)
      await within(Promise.all([stage.listener.close(), stage.listener.close()]), 'close, twice')
      assert.deepEqual(await end, [])
      await rejection(subject.agent().enroll(stage.address, enrollRequest, anyServer, never), 'unavailable')
    },
  },
  {
    id: 'transport/transport-closes',
    title: 'closing a transport ends its channels; it makes no new ones',
    async run(subject) {
      const stage = await scene(subject)
      const transport = subject.agent()
      const { agent, master } = await connected(stage, transport)
      const ends = [take(iterate(agent.messages), 1), take(iterate(master.messages), 1)]
      await within(Promise.all([transport.close(), transport.close()]), 'close, twice')
      assert.deepEqual(await Promise.all(ends), [[], []])
      await rejection(transport.enroll(stage.address, enrollRequest, anyServer, never), 'failed-precondition')
    },
  },
]
