import assert from 'node:assert/strict'
import { errorCodes, PiccoloError, type EnrollReply, type EnrollRequest, type ErrorCode, type Peer, type RenewRequest } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { anyServer, enrollReply, enrollRequest, rejection, renewRequest, scene, within } from './harness.js'
import type { TransportSubject } from './subject.js'
import { leafOf } from './tls-material.js'

/** Enroll and renew: one request, one answer, one connection. */
export const callCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/enroll-without-certificate',
    title: 'enroll works without a client certificate, request and reply arrive whole',
    async run(subject) {
      const seen: { request: EnrollRequest; peer: Peer }[] = []
      const { address } = await scene(subject, {
        enroll: async (request, peer) => {
          seen.push({ request, peer })
          return enrollReply
        },
      })
      assert.deepEqual(await within(subject.agent().enroll(address, enrollRequest, anyServer, never), 'enroll'), enrollReply)
      assert.deepEqual(seen[0]?.request, enrollRequest)
      assert.equal(seen[0]?.peer.certificate, undefined)
      assert.notEqual(seen[0]?.peer.address, '')
    },
  },
  {
    id: 'transport/renew-with-or-without-certificate',
    title: 'renew works with and without a client certificate, request and reply arrive whole; a valid certificate is told to the handler',
    async run(subject) {
      const seen: { request: RenewRequest; peer: Peer }[] = []
      const { address } = await scene(subject, {
        renew: async (request, peer) => {
          seen.push({ request, peer })
          return enrollReply
        },
      })
      for (const tls of [anyServer, { ...anyServer, identity: subject.material.node }]) {
        assert.deepEqual(await within(subject.agent().renew(address, renewRequest, tls, never), 'renew'), enrollReply)
      }
      assert.deepEqual(seen.map(({ request }) => request), [renewRequest, renewRequest])
      assert.deepEqual(seen.map(({ peer }) => peer.certificate), [undefined, leafOf(subject.material.node)])
    },
  },
  {
    id: 'transport/errors-cross',
    title: 'an error of the handler reaches the caller with its code, message and details, whatever the code',
    async run(subject) {
      const codes = Object.keys(errorCodes) as ErrorCode[]
      let next = 0
      const details = { where: 'line 3', nested: { list: [1, null, 'x'] } }
      const { address } = await scene(subject, {
        enroll: async () => {
          throw new PiccoloError(codes[next] ?? 'internal', `told: ${codes[next]} – ünïcödé`, { details })
        },
      })
      const agent = subject.agent()
      for (next = 0; next < codes.length; next += 1) {
        const error = await rejection(agent.enroll(address, enrollRequest, anyServer, never), codes[next] ?? 'internal')
        assert.equal(error.message, `told: ${codes[next]} – ünïcödé`)
        assert.deepEqual(error.details, details)
      }
    },
  },
  {
    id: 'transport/defects-stay-home',
    title: 'a handler that fails with anything but a PiccoloError is `internal` to the caller, without the text of the failure',
    async run(subject) {
      const { address } = await scene(subject, {
        enroll: async () => {
          throw new Error('the password is hunter2')
        },
      })
      const error = await rejection(subject.agent().enroll(address, enrollRequest, anyServer, never), 'internal')
      assert.doesNotMatch(error.message, /hunter2/)
    },
  },
  {
    id: 'transport/nobody-there',
    title: 'a call to an address at which nobody listens is `unavailable` and names the address',
    async run(subject) {
      const error = await rejection(subject.agent().enroll(subject.nowhere, enrollRequest, anyServer, never), 'unavailable')
      assert.ok(error.message.includes(subject.nowhere), error.message)
    },
  },
  {
    id: 'transport/calls-apart',
    title: 'calls at once each get their own answer, and one that waits holds up no other',
    async run(subject) {
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      const { address } = await scene(subject, {
        enroll: async ({ wantedNodeId = '' }) => {
          if (wantedNodeId === 'slow') await released
          return { ...enrollReply, nodeId: wantedNodeId }
        },
      })
      const agent = subject.agent()
      const enroll = (wantedNodeId: string): Promise<EnrollReply> => agent.enroll(address, { ...enrollRequest, wantedNodeId }, anyServer, never)
      const slow = enroll('slow')
      const names = Array.from({ length: 8 }, (_, index) => `node-${index}`)
      const replies = await within(Promise.all(names.map(enroll)), 'calls beside one that waits')
      assert.deepEqual(replies.map(({ nodeId }) => nodeId), names)
      release()
      assert.equal((await within(slow, 'the call that waited')).nodeId, 'slow')
    },
  },
]
