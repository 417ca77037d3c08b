import assert from 'node:assert/strict'
import type { AgentMessage, MasterMessage } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { bulk, connected, filled, iterate, rejection, scene, take, within } from './harness.js'
import { agentSamples, masterSamples } from './sample-messages.js'
import type { TransportSubject } from './subject.js'

const beat = (number: number): AgentMessage => ({ type: 'beat', number, sentAtBootMs: number, lastEcho: 0, loopAgeMs: 0 })
/** The largest thing that a master sends. */
const bulkAssign: MasterMessage = {
  type: 'assign', storeRevision: 1n,
  delta: { base: undefined, target: { generation: 1n, digest: 'd' }, upserts: [{ key: 'workload/bulk', digest: 'd', epoch: 1n, content: new Uint8Array(256 * 1024) }], removals: [] },
}
const echo = (number: number): MasterMessage => ({ type: 'beat', number, sentAtBootMs: number, lease: true })

/** What goes in comes out: whole, in order, and no faster than it is taken. */
export const messageCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/every-kind',
    title: 'a message of every kind arrives as it was sent, both ways',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const up: AgentMessage[] = Object.values(agentSamples).flat()
      const down: MasterMessage[] = Object.values(masterSamples).flat()
      for (const message of up) await within(agent.send(message, never), `send ${message.type}`)
      for (const message of down) await within(master.send(message, never), `send ${message.type}`)
      assert.deepStrictEqual(await take(iterate(master.messages), up.length), up)
      assert.deepStrictEqual(await take(iterate(agent.messages), down.length), down)
    },
  },
  {
    id: 'transport/session-token',
    title: "a message's session token arrives as it was sent, of any length up to 64 bytes; a message without one arrives without one",
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const tokens = [undefined, '00', '0123456789abcdef', 'ff'.repeat(16), '10'.repeat(64), undefined]
      const sent = tokens.map((sessionToken, number): AgentMessage => ({ ...beat(number), ...(sessionToken !== undefined && { sessionToken }) }))
      for (const message of sent) await within(agent.send(message, never), 'send')
      assert.deepStrictEqual(await take(iterate(master.messages), sent.length), sent)
    },
  },
  {
    id: 'transport/order',
    title: 'messages arrive in the order of their sending, both ways at once',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const numbers = Array.from({ length: 500 }, (_, index) => index)
      const sending = Promise.all([...numbers.map((number) => agent.send(beat(number), never)), ...numbers.map((number) => master.send(echo(number), never))])
      const [up, down] = await Promise.all([take(iterate(master.messages), 500), take(iterate(agent.messages), 500)])
      await within(sending, 'all sends resolve')
      assert.deepEqual(up, numbers.map(beat))
      assert.deepEqual(down, numbers.map(echo))
    },
  },
  {
    id: 'transport/nothing-shared',
    title: 'what the sender does to a message after send does not reach the receiver',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const payload = Uint8Array.from([1, 2, 3])
      await agent.send({ type: 'reply', commandId: 'c', payload, done: true }, never)
      payload.fill(9)
      const [message] = await take(iterate(master.messages), 1)
      assert.deepEqual(message, { type: 'reply', commandId: 'c', payload: Uint8Array.from([1, 2, 3]), done: true })
    },
  },
  {
    id: 'transport/back-pressure',
    title: 'send waits while nobody takes messages, and goes on when somebody does; nothing is lost',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const { sent, waiting } = await filled((signal) => agent.send(bulk(), signal))
      const messages = iterate(master.messages)
      const taken = await take(messages, sent + 1)
      await within(waiting, 'a send that waited')
      await within(agent.send(beat(1), never), 'the next send')
      assert.deepEqual([...taken, ...(await take(messages, 1))].map(({ type }) => type), [...Array.from({ length: sent + 1 }, () => 'reply'), 'beat'])
    },
  },
  {
    id: 'transport/back-pressure-down',
    title: 'the same from the master to an agent: one that takes nothing costs the master no memory',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const { sent, waiting } = await filled((signal) => master.send(bulkAssign, signal))
      const taking = take(iterate(agent.messages), sent + 1)
      await within(waiting, 'a send that waited')
      assert.equal((await taking).length, sent + 1)
    },
  },
  {
    id: 'transport/send-abort',
    title: 'a send that waits can be aborted: it rejects with `aborted` and its message never arrives',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const { sent, waiting, abort } = await filled((signal) => agent.send(bulk(), signal))
      abort()
      await rejection(waiting, 'aborted')
      const messages = iterate(master.messages)
      assert.equal((await take(messages, sent)).length, sent)
      await within(agent.send(beat(1), never), 'send after the abort')
      assert.deepEqual(await take(messages, 1), [beat(1)])
    },
  },
  {
    id: 'transport/message-size',
    title: 'a message above capabilities.maxMessageBytes is refused by send as `too-large`; the session lives on',
    async run(subject) {
      const { agent, master } = await connected(await scene(subject))
      const { maxMessageBytes } = subject.master.capabilities
      await rejection(agent.send(bulk(maxMessageBytes + 1), never), 'too-large')
      const messages = iterate(master.messages)
      const large = agent.send(bulk(maxMessageBytes - 1_024), never)
      const [message] = await take(messages, 1)
      await within(large, 'the largest message is sent')
      assert.deepEqual(message, bulk(maxMessageBytes - 1_024))
    },
  },
  {
    id: 'transport/sessions-apart',
    title: 'two sessions are independent: one that stalls or closes does not touch the other',
    async run(subject) {
      const stage = await scene(subject)
      const one = await connected(stage)
      const other = await connected(stage)
      const { waiting, abort } = await filled((signal) => one.agent.send(bulk(), signal))
      const messages = iterate(other.master.messages)
      await within(other.agent.send(beat(1), never), 'send on the other session')
      assert.deepEqual(await take(messages, 1), [beat(1)])
      abort()
      await rejection(waiting, 'aborted')
      await within(one.agent.close(), 'close')
      await within(other.agent.send(beat(2), never), 'send after the first has closed')
      assert.deepEqual(await take(messages, 1), [beat(2)])
    },
  },
]
