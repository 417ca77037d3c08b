import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { streamTransport, type ClientTls, type EnrollReply, type RenewRequest, type ServerTls, type Transport, type TransportHandlers } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger, type ManualClock } from '@piccolo/testing'
import { memoryMedium, streamPair, type MemoryMedium } from './memory-streams.js'

const never = new AbortController().signal
const request: RenewRequest = { versions: { min: 1, max: 1 }, csr: new Uint8Array([1, 2]) }
const reply: EnrollReply = { cluster: 'c', nodeId: 'front', certificateChainPem: 'leaf', authoritiesPem: [] }
const identity = { certificateChainPem: 'chain', privateKeyPem: 'key' }
const tls: ClientTls = { identity, verifyServer: () => undefined }
const serverTls: ServerTls = { identity, clientAuthoritiesPem: [] }
const handlers: TransportHandlers = {
  enroll: () => Promise.resolve(reply),
  renew: () => Promise.resolve(reply),
  session: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
}

let clock: ManualClock
let medium: MemoryMedium
let transport: Transport
beforeEach(async () => {
  clock = manualClock()
  medium = memoryMedium()
  transport = streamTransport(medium.driver)({ clock, random: seededRandom(1), logger: silentLogger })
  await transport.listen(serverTls, handlers, never)
})

/** A transport whose dialling leads to a server that the test plays. */
function towards(server: { readonly near: ReturnType<typeof streamPair>[0] } | Error): Transport {
  const dial = () => (server instanceof Error ? Promise.reject(server) : Promise.resolve({ stream: server.near, chain: [] }))
  return streamTransport({ name: 'played', dial })({ clock, random: seededRandom(1), logger: silentLogger })
}

const packet = (value: object): Uint8Array => {
  const json = new TextEncoder().encode(JSON.stringify(value))
  const bytes = Buffer.alloc(8 + json.length)
  bytes.writeUInt32BE(4 + json.length, 0)
  bytes.writeUInt32BE(json.length, 4)
  bytes.set(json, 8)
  return bytes
}

describe('dialling over a stream', () => {
  test('a server that takes the connection and says nothing is given up after 15 s, and let go of', async () => {
    const [near, far] = streamPair()
    const outcome = towards({ near }).renew('memory:1', request, tls, never).catch((error: unknown) => error)
    await clock.advance(14_999)
    expect(far.destroyed || near.destroyed).toBe(false)
    await clock.advance(1)
    expect(await outcome).toMatchObject({ code: 'deadline-exceeded', details: { address: 'memory:1' } })
    expect(near.destroyed).toBe(true)
    expect(clock.pending).toBe(0)
  })

  test('what the medium throws is unavailable, and names the address', async () => {
    await expect(towards(new Error('no carrier')).connect('memory:1', tls, never)).rejects.toMatchObject({
      code: 'unavailable', message: 'Connecting to memory:1 failed: no carrier.',
    })
  })

  test('an answer to something else is refused, and the connection let go of', async () => {
    const [near, far] = streamPair()
    const outcome = towards({ near }).renew('memory:1', request, tls, never).catch((error: unknown) => error)
    far.write(packet({ kind: 'opened' }), () => undefined)
    expect(await outcome).toMatchObject({ code: 'invalid-argument' })
    expect(near.destroyed).toBe(true)
  })

  test('nothing is written to a server that was refused', async () => {
    const refusing = { verifyServer: () => { throw new Error('another key than the pinned one') } }
    const [near, far] = streamPair()
    await expect(towards({ near }).renew('memory:1', request, refusing, never)).rejects.toThrow('another key than the pinned one')
    await expect(far[Symbol.asyncIterator]().next()).rejects.toThrow('the stream was cut')
  })

  test('one that only dials refuses to listen, and says what it lacks', async () => {
    await expect(towards(new Error('unused')).listen(serverTls, handlers, never)).rejects.toMatchObject({ code: 'failed-precondition' })
  })
})

describe('a session over a stream', () => {
  test('closing waits a second for the other side, no longer', async () => {
    const [near, far] = streamPair()
    const connecting = towards({ near }).connect('memory:1', tls, never)
    far.write(packet({ kind: 'opened' }), () => undefined)
    const channel = await connecting
    const closing = channel.close()
    await clock.advance(999)
    expect(near.destroyed).toBe(false)
    await clock.advance(1)
    await closing
    expect(near.destroyed).toBe(true)
  })

  test('a connection that ends without a word is unavailable to who sends and who reads', async () => {
    const [near, far] = streamPair()
    const connecting = towards({ near }).connect('memory:1', tls, never)
    far.write(packet({ kind: 'opened' }), () => undefined)
    const channel = await connecting
    far.end()
    await expect(channel.messages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(channel.send({ type: 'bye', reason: 'stopping' }, never)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('without a proven certificate it is refused as unauthenticated', async () => {
    await expect(transport.connect('memory:1', { verifyServer: () => undefined }, never)).rejects.toMatchObject({ code: 'unauthenticated' })
    await clock.advance(1_000)
    expect(medium.accepted.every(({ destroyed }) => destroyed)).toBe(true)
  })
})

describe('X1: strangers at the listener', () => {
  test('who says nothing is let go of after 15 s', async () => {
    const silent = medium.stranger()
    await clock.advance(14_999)
    expect(medium.accepted[0]?.destroyed).toBe(false)
    await clock.advance(1)
    expect(medium.accepted[0]?.destroyed).toBe(true)
    await expect(silent[Symbol.asyncIterator]().next()).rejects.toThrow('the stream was cut')
  })

  test('who announces more than 64 KiB is let go of at once', async () => {
    const loud = medium.stranger()
    loud.write(new Uint8Array([0, 1, 0, 1]), () => undefined)
    await clock.settle()
    expect(medium.accepted[0]?.destroyed).toBe(true)
  })

  test('who sends rubbish harms nobody', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (rubbish, framed) => {
      const stranger = medium.stranger()
      const head = new Uint8Array([0, 0, 0, rubbish.length])
      stranger.write(framed ? new Uint8Array([...head, ...rubbish]) : rubbish, () => undefined)
      stranger.end()
      await clock.settle()
      expect(await transport.renew('memory:1', request, tls, never)).toEqual(reply)
    }), { numRuns: 50 })
    expect(medium.accepted.every(({ destroyed }) => destroyed)).toBe(true)
  })
})
