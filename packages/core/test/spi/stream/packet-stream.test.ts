import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PacketStream, sendBufferBytes } from '../../../src/spi/stream/packet-stream.js'
import type { Packet } from '../../../src/spi/stream/packet.js'
import { encodeWireValue } from '../../../src/spi/stream/wire-value.js'
import { cutUp, joined, scriptedStream } from './scripted-stream.js'

const never = new AbortController().signal
const message = (body: unknown): Packet => ({ kind: 'message', body })

/** The bytes of these packets as a sender writes them. */
async function bytesOf(packets: readonly Packet[]): Promise<Uint8Array> {
  const stream = scriptedStream()
  const sender = new PacketStream(stream)
  for (const packet of packets) {
    const sent = sender.send(packet, never)
    stream.flushOne()
    await sent
    stream.flushOne()
  }
  return joined(stream.written)
}

async function readAll(stream: PacketStream): Promise<Packet[]> {
  const packets: Packet[] = []
  for (let packet = await stream.read(); packet !== undefined; packet = await stream.read()) packets.push(packet)
  return packets
}

describe('packets over a stream of bytes', () => {
  test('arrive whole and in order, however the bytes are cut up', async () => {
    const bodies = fc.array(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 }), fc.bigInt({ min: 0n, max: 2n ** 64n })), { maxLength: 8 })
    await fc.assert(fc.asyncProperty(bodies, fc.array(fc.nat(), { maxLength: 20 }), async (sent, places) => {
      const chunks = cutUp(await bytesOf(sent.map(message)), places)
      expect(await readAll(new PacketStream(scriptedStream(chunks)))).toEqual(sent.map(message))
    }), { numRuns: 200 })
  })

  test('a stream that ends between two packets ends; within one, its head or its body, it broke', async () => {
    const bytes = await bytesOf([message('one'), { kind: 'end' }])
    const first = (await bytesOf([message('one')])).length
    for (let length = 0; length < bytes.length; length += 1) {
      const outcome = await readAll(new PacketStream(scriptedStream([bytes.slice(0, length)]))).catch((error: unknown) => error)
      if (length === 0 || length === first) expect(outcome).toEqual(length === 0 ? [] : [message('one')])
      else expect(outcome).toMatchObject({ code: 'unavailable' })
    }
  })

  test('a stream that breaks is unavailable, with what broke it', async () => {
    const broken = new PacketStream(scriptedStream([], new Error('ECONNRESET')))
    await expect(broken.read()).rejects.toMatchObject({ code: 'unavailable', message: 'The connection broke: ECONNRESET.' })
  })

  test('one that is announced as larger than allowed is refused before it is read', async () => {
    const announced = new PacketStream(scriptedStream([new Uint8Array([0, 1, 0, 1])]))
    await expect(announced.read(65_536)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test('a value that is no packet is refused', async () => {
    const value = encodeWireValue('a text')
    const stream = new PacketStream(scriptedStream([new Uint8Array([0, 0, 0, value.length]), value]))
    await expect(stream.read()).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test('whatever bytes come, reading ends in packets, the end, invalid-argument or unavailable', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), async (chunks) => {
      const outcome = await readAll(new PacketStream(scriptedStream(chunks))).catch((error: unknown) => error)
      if (!Array.isArray(outcome)) expect(outcome).toHaveProperty('code', expect.stringMatching(/^(invalid-argument|unavailable)$/))
    }))
  })
})

describe('sending packets', () => {
  const large = message('x'.repeat(sendBufferBytes * 0.75))

  test('waits while the bound is on its way, and goes on when room is made', async () => {
    const stream = scriptedStream()
    const packets = new PacketStream(stream)
    await packets.send(large, never)
    const second = packets.send(large, never)
    expect(stream.written).toHaveLength(1)
    stream.flushOne()
    await second
    expect(stream.written).toHaveLength(2)
  })

  test('aborted while it waits, nothing of the packet is sent, and the next one has its turn', async () => {
    const stream = scriptedStream()
    const packets = new PacketStream(stream)
    const controller = new AbortController()
    await packets.send(large, never)
    const aborted = packets.send(large, controller.signal)
    const next = packets.send(message('next'), never)
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    stream.flushOne()
    await next
    expect(await readAll(new PacketStream(scriptedStream(stream.written)))).toEqual([large, message('next')])
  })

  test('a packet above the limit is refused as too-large, with both numbers, and the stream stays usable', async () => {
    const packets = new PacketStream(scriptedStream())
    const refused = packets.send(message(new Uint8Array(4 * 1024 * 1024)), never)
    await expect(refused).rejects.toMatchObject({ code: 'too-large', details: { maxMessageBytes: 4 * 1024 * 1024 } })
    await packets.send(message('small'), never)
  })

  test('the last packet goes past those that wait, which are refused, and ends this side', async () => {
    const stream = scriptedStream()
    const packets = new PacketStream(stream)
    await packets.send(large, never)
    const waiting = packets.send(large, never)
    packets.finish({ kind: 'end' })
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    await expect(packets.send(message('late'), never)).rejects.toMatchObject({ code: 'unavailable' })
    expect(stream.ended).toBe(true)
    expect(await readAll(new PacketStream(scriptedStream(stream.written)))).toEqual([large, { kind: 'end' }])
  })

  test('a destroyed one refuses what waits and lets go of the stream', async () => {
    const stream = scriptedStream()
    const packets = new PacketStream(stream)
    await packets.send(large, never)
    const waiting = packets.send(large, never)
    packets.destroy()
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    expect(stream.destroyed).toBe(true)
  })
})
