import assert from 'node:assert/strict'
import { PiccoloError, type AgentMessage, type MasterMessage } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { aborted, anyServer, bulk, connected, enrollReply, enrollRequest, filled, iterate, rejection, scene, take, within } from './harness.js'
import type { TransportSubject } from './subject.js'

const beat: AgentMessage = { type: 'beat', number: 1, sentAtBootMs: 1, lastEcho: 0, loopAgeMs: 0 }
const echo: MasterMessage = { type: 'beat', number: 1, sentAtBootMs: 1, lease: true }

/** How sessions and listeners end. */
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
    id: 'transport/session-defects-stay-home',
    title: 'a handler of a session that fails with anything but a PiccoloError is `internal` to the agent, without the text of the failure',
    async run(subject) {
      const stage = await scene(subject, { session: async () => { throw new Error('the password is hunter2') } })
      const { agent } = await connected(stage)
      const error = await rejection(iterate(agent.messages).next(), 'internal')
      assert.doesNotMatch(error.message, /hunter2/)
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
    id: 'transport/close-does-not-hang',
    title: 'close of a channel whose other side takes nothing resolves within its second of flushing',
    async run(subject) {
      const { agent } = await connected(await scene(subject))
      const { waiting } = await filled((signal) => agent.send(bulk(), signal))
      const refused = rejection(waiting, 'unavailable')
      await within(agent.close(), 'close')
      await refused
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
    id: 'transport/listener-closes-calls',
    title: 'closing the listener aborts the signals of the calls that it serves, and waits for none; each caller hears something',
    async run(subject) {
      let begun = (_: AbortSignal): void => undefined
      const handling = new Promise<AbortSignal>((resolve) => (begun = resolve))
      const { listener, address } = await scene(subject, {
        enroll: async (_request, _peer, signal) => {
          begun(signal)
          await aborted(signal)
          return enrollReply
        },
      })
      const call = subject.agent().enroll(address, enrollRequest, anyServer, never).catch((error: unknown) => error)
      const signal = await within(handling, 'the handler is called')
      await within(listener.close(), 'close')
      await within(aborted(signal), 'the signal of the handler aborts')
      const outcome = await within(call, 'the end of a call whose listener was closed')
      if (outcome instanceof Error) assert.ok(PiccoloError.is(outcome, 'unavailable'), `expected a reply or unavailable, got ${String(outcome)}`)
    },
  },
]
