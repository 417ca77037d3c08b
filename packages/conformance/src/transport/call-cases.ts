import assert from 'node:assert/strict'
import { errorCodes, PiccoloError, type EnrollRequest, type ErrorCode, type Peer } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { aborted, anyServer, enrollReply, enrollRequest, never, rejection, scene, within } from './harness.js'
import type { TransportSubject } from './subject.js'

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
    title: 'renew works with and without a client certificate; a valid one is told to the handler',
    async run(subject) {
      const peers: Peer[] = []
      const { address } = await scene(subject, {
        renew: async (_request, peer) => {
          peers.push(peer)
          return enrollReply
        },
      })
      const request = { versions: { min: 1, max: 1 }, csr: Uint8Array.from([1]) }
      await within(subject.agent().renew(address, request, anyServer, never), 'renew without a certificate')
      await within(subject.agent().renew(address, request, { ...anyServer, identity: subject.material.node }, never), 'renew with a certificate')
      assert.deepEqual(peers.map((peer) => peer.certificate !== undefined), [false, true])
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
    id: 'transport/call-abort',
    title: 'aborting a call rejects it with `aborted` and aborts the signal of its handler',
    async run(subject) {
      let handlerEnded: Promise<void> | undefined
      let begun = (): void => undefined
      const handling = new Promise<void>((resolve) => (begun = resolve))
      const { address } = await scene(subject, {
        enroll: async (_request, _peer, signal) => {
          handlerEnded = aborted(signal)
          begun()
          await handlerEnded
          return enrollReply
        },
      })
      const caller = new AbortController()
      const call = rejection(subject.agent().enroll(address, enrollRequest, anyServer, caller.signal), 'aborted')
      await within(handling, 'the handler is called')
      caller.abort()
      await call
      await within(handlerEnded ?? Promise.reject(new Error('no handler')), 'the signal of the handler aborts')
    },
  },
  {
    id: 'transport/aborted-before',
    title: 'a call whose signal is already aborted dials nobody',
    async run(subject) {
      let judged = 0
      const { address } = await scene(subject)
      const verifyServer = (): void => void (judged += 1)
      await rejection(subject.agent().enroll(address, enrollRequest, { verifyServer }, AbortSignal.abort()), 'aborted')
      await rejection(subject.agent().connect(address, { verifyServer, identity: subject.material.node }, AbortSignal.abort()), 'aborted')
      assert.equal(judged, 0)
    },
  },
]
