import assert from 'node:assert/strict'
import { PiccoloError } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'
import { later } from '../kit/within.js'
import type { ConformanceCase } from '../suite.js'
import { anyServer, connected, enrollReply, enrollRequest, iterate, rejection, renewRequest, scene, take, within } from './harness.js'
import type { TransportSubject } from './subject.js'

const lateHandlers = { enroll: async () => enrollReply, renew: async () => enrollReply, session: async () => undefined }

/** A transport from its making to its close. */
export const lifecycleCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/capabilities',
    title: 'capabilities tell a name, and limits with which a cluster can work',
    async run({ master, agent }) {
      for (const { capabilities } of [master, agent()]) {
        assert.notEqual(capabilities.name, '')
        assert.ok(capabilities.maxMessageBytes >= 64 * 1024, 'messages of 64 KiB must fit')
        assert.ok(capabilities.sendBufferBytes > 0 && Number.isSafeInteger(capabilities.sendBufferBytes), 'the bound of what is unsent is a number of bytes')
      }
    },
  },
  {
    id: 'transport/close-unused',
    title: 'close of a transport that was never used, and a second close, are no error',
    async run({ agent }) {
      const transport = agent()
      await within(transport.close(), 'close')
      await within(transport.close(), 'a second close')
    },
  },
  {
    id: 'transport/closed-refuses',
    title: 'a closed transport refuses every call as `failed-precondition`',
    async run(subject) {
      const stage = await scene(subject)
      const transport = subject.agent()
      await within(transport.close(), 'close')
      const tls = { ...anyServer, identity: subject.material.node }
      await rejection(transport.enroll(stage.address, enrollRequest, anyServer, never), 'failed-precondition')
      await rejection(transport.renew(stage.address, renewRequest, anyServer, never), 'failed-precondition')
      await rejection(transport.connect(stage.address, tls, never), 'failed-precondition')
      await within(subject.master.close(), 'close of the master')
      await rejection(subject.master.listen(subject.material.server, lateHandlers, never), 'failed-precondition')
    },
  },
  {
    id: 'transport/closes-its-channels',
    title: "closing a transport ends its channels in good order, and a listener's sessions",
    async run(subject) {
      const stage = await scene(subject)
      for (const closing of ['agent', 'master'] as const) {
        const transport = subject.agent()
        const { agent, master } = await connected(stage, transport)
        const ends = later(Promise.all([take(iterate(agent.messages), 1), take(iterate(master.messages), 1)]))
        await within(closing === 'agent' ? transport.close() : subject.master.close(), `close of the ${closing}`)
        assert.deepEqual(await ends, [[], []])
      }
    },
  },
  {
    id: 'transport/second-listen',
    title: 'a second listen is refused, or has an address of its own; the first listener is unharmed',
    async run(subject) {
      const stage = await scene(subject)
      const second = await within(subject.master.listen(subject.material.server, lateHandlers, never).catch((error: unknown) => PiccoloError.from(error)), 'a second listen')
      if (second instanceof Error) assert.notEqual(second.code, 'internal', second.message)
      else assert.notEqual(second.address, stage.listener.address)
      const { agent } = await connected(stage)
      await within(agent.close(), 'close')
    },
  },
  {
    id: 'transport/listen-again',
    title: 'after its listener was closed a transport may listen again',
    async run(subject) {
      const stage = await scene(subject)
      await within(stage.listener.close(), 'close')
      const { agent } = await connected(await scene(subject))
      await within(agent.close(), 'close')
    },
  },
]
