import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PiccoloError } from '@piccolo/core/spi'
import type { Frame } from '../../src/codec/frame.js'
import { frames, maxCallBytes, maxMessageBytes } from '../../src/codec/frames.js'
import { AgentMessage } from '../../src/generated/piccolo/v1/agent_message.js'
import { MasterMessage } from '../../src/generated/piccolo/v1/master_message.js'
import { agentMessages, enrollReplies, enrollRequests, masterMessages, renewRequests } from './arbitrary-messages.js'

describe('every message', () => {
  const roundTrips = <Message>(name: string, messages: fc.Arbitrary<Message>, frame: Frame<Message, unknown>): void => {
    test(`${name} comes out of its frame as it went in`, () => {
      fc.assert(fc.property(messages, (message) => assert.deepStrictEqual(frame.decode(frame.encode(message)), message)), { numRuns: 200 })
    })
  }
  for (const [kind, messages] of Object.entries(agentMessages)) roundTrips(`agent ${kind}`, messages, frames.agentMessage)
  for (const [kind, messages] of Object.entries(masterMessages)) roundTrips(`master ${kind}`, messages, frames.masterMessage)
  roundTrips('enroll request', enrollRequests, frames.enrollRequest)
  roundTrips('enroll reply', enrollReplies, frames.enrollReply)
  roundTrips('renew request', renewRequests, frames.renewRequest)
  roundTrips('renew reply', enrollReplies, frames.renewReply)
})

describe('a newer peer', () => {
  test('a kind of message that this version does not know decodes to undefined', () => {
    // Field 1000, length-delimited, three bytes.
    const unknownKind = Uint8Array.from([0xc2, 0x3e, 3, 1, 2, 3])
    expect(frames.agentMessage.decode(unknownKind)).toBeUndefined()
    expect(frames.masterMessage.decode(unknownKind)).toBeUndefined()
  })

  test('a command that this version does not know is skipped with its message', () => {
    const bytes = MasterMessage.encode({ context: undefined, body: { $case: 'command', value: { commandId: 'c', deadlineMs: 1, command: undefined } } }).finish()
    expect(frames.masterMessage.decode(bytes)).toBeUndefined()
  })

  test('unknown fields of a known message are ignored', () => {
    const known = frames.agentMessage.encode({ type: 'bye', reason: 'stopping' })
    expect(frames.agentMessage.decode(Buffer.concat([known, Uint8Array.from([0xc2, 0x3e, 1, 7])]))).toEqual({ type: 'bye', reason: 'stopping' })
  })

  test('an error code that this version does not know counts as internal', () => {
    const bytes = wire({ $case: 'assignRefused', value: { generation: 1n, error: { code: 'moon-phase', message: 'm', detailsJson: undefined } } })
    expect(frames.agentMessage.decode(bytes)).toEqual({ type: 'assign-refused', generation: 1n, error: { code: 'internal', message: 'm' } })
  })
})

describe('malformed input', () => {
  test('a missing part is named', () => {
    const bytes = wire({ $case: 'held', value: { version: undefined } })
    expect(() => frames.agentMessage.decode(bytes)).toThrow(
      new PiccoloError('invalid-argument', 'Malformed message: held.version is missing.', { details: { where: 'held.version' } }),
    )
  })

  test('a word outside its set is named with the set', () => {
    const finding = { check: 'disk', level: 'terrible', reason: '' }
    const bytes = wire({ $case: 'readiness', value: { ready: false, findings: [finding] } })
    expect(() => frames.agentMessage.decode(bytes)).toThrow('readiness.level is "terrible", expected ok, warn, fail')
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s is no time', (sentAtBootMs) => {
    const bytes = wire({ $case: 'beat', value: { number: 1n, sentAtBootMs, lastEcho: 0n, loopAgeMs: 0 } })
    expect(() => frames.agentMessage.decode(bytes)).toThrow('beat.sentAtBootMs')
  })

  test('a counter beyond what a number holds exactly is refused, on either side', () => {
    const bytes = wire({ $case: 'beat', value: { number: 2n ** 53n, sentAtBootMs: 0, lastEcho: 0n, loopAgeMs: 0 } })
    expect(() => frames.agentMessage.decode(bytes)).toThrow('beat.number')
    for (const number of [-1, 0.5, 2 ** 53]) {
      expect(() => frames.agentMessage.encode({ type: 'beat', number, sentAtBootMs: 0, lastEcho: 0, loopAgeMs: 0 })).toThrow('beat.number')
    }
  })

  test('a bigint outside 64 bits is refused by the sender', () => {
    for (const generation of [-1n, 2n ** 64n]) {
      const encode = (): unknown => frames.agentMessage.encode({ type: 'held', version: { generation, digest: '' } })
      expect(encode).toThrow(expect.objectContaining({ name: 'PiccoloError', code: 'invalid-argument' }))
    }
  })

  test('a session token that is too long is refused, on either side, and what is no hexadecimal is not sent', () => {
    const bye = { $case: 'bye', value: { reason: '' } } as const
    expect(frames.agentMessage.decode(wire(bye, new Uint8Array(64)))).toEqual({ type: 'bye', reason: '', sessionToken: '00'.repeat(64) })
    const refused = expect.objectContaining({ code: 'invalid-argument', details: { where: 'sessionToken' } })
    expect(() => frames.agentMessage.decode(wire(bye, new Uint8Array(65)))).toThrow(refused)
    for (const sessionToken of ['00'.repeat(65), 'abc', 'AB', 'no hex', '0x']) {
      expect(() => frames.agentMessage.encode({ type: 'bye', reason: '', sessionToken })).toThrow(refused)
    }
  })

  test('a signal that is no number is refused, on either side', () => {
    const bytes = wire({ $case: 'signal', value: { signals: [{ name: 'n', value: { $case: 'number', value: Number.NaN } }] } })
    expect(() => frames.agentMessage.decode(bytes)).toThrow('signal.value')
    expect(() => frames.agentMessage.encode({ type: 'signal', signals: [{ name: 'n', value: Infinity }] })).toThrow('signal.value')
  })

  test('too many bytes are refused before anything is read of them', () => {
    const tooLarge = expect.objectContaining({ code: 'too-large' })
    expect(() => frames.agentMessage.decode(new Uint8Array(maxMessageBytes + 1))).toThrow(tooLarge)
    expect(() => frames.enrollRequest.decode(new Uint8Array(maxCallBytes + 1))).toThrow(tooLarge)
  })
})

function wire(body: NonNullable<AgentMessage['body']>, sessionToken?: Uint8Array): Uint8Array {
  return AgentMessage.encode({ context: undefined, body, sessionToken }).finish()
}
