import { expect, test } from 'vitest'
import { agentSamples, masterSamples } from '@piccolo/conformance'
import { PiccoloError, type Random } from '@piccolo/core/spi'
import { seededRandom } from '@piccolo/testing'
import { frames, maxMessageBytes } from '../../src/codec/frames.js'

const limitMs = 100
const decoders = Object.values(frames)

test('X1: 10,000 random and mutated frames end in a message or a PiccoloError, none takes over 100 ms', () => {
  const random = seededRandom(20_260_101)
  const valid = [
    ...Object.values(agentSamples).flat().map((message) => frames.agentMessage.encode(message)),
    ...Object.values(masterSamples).flat().map((message) => frames.masterMessage.encode(message)),
  ]
  let refused = 0
  let slowest = 0
  for (let count = 0; count < 10_000; count += 1) {
    const bytes = count % 4 === 0 ? random.bytes(pick(random, 200)) : mutated(valid[pick(random, valid.length)] ?? Buffer.alloc(0), random)
    for (const { decode } of decoders) {
      const { error, ms } = timed(() => decode(bytes))
      slowest = Math.max(slowest, ms)
      if (error === undefined) continue
      refused += 1
      expect(error).toSatisfy((thrown: unknown) => PiccoloError.is(thrown))
    }
  }
  expect(slowest).toBeLessThan(limitMs)
  // The mutations are neither harmless nor all of them fatal.
  expect(refused).toBeGreaterThan(10_000)
  expect(refused).toBeLessThan(59_000)
}, 120_000)

test.each([
  ['empty inventory items', repeated([0x0a, 0x00], 0x1a)],
  ['empty contexts', Buffer.alloc(maxMessageBytes - 1).fill(Uint8Array.from([0x0a, 0x00]))],
  ['empty journal fields', nested(repeated([0x3a, 0x00], 0x0a), 0x52)],
  ['nested groups', Buffer.alloc(maxMessageBytes - 1, 0x0b)],
  ['one endless varint', Buffer.alloc(maxMessageBytes - 1, 0xff)],
  ['a length beyond the end', Uint8Array.from([0x1a, 0xff, 0xff, 0xff, 0xff, 0x07])],
  ['zeros', Buffer.alloc(maxMessageBytes - 1)],
])('X1: 4 MiB of %s is over within 100 ms and costs at most a few times the limit', (_name, bytes) => {
  const before = process.memoryUsage().heapUsed
  for (const { decode } of decoders) {
    const { error, ms } = timed(() => decode(bytes))
    expect(ms).toBeLessThan(limitMs)
    if (error !== undefined) expect(error).toSatisfy((thrown: unknown) => PiccoloError.is(thrown))
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * maxMessageBytes)
})

/** Processor time of the fastest of up to three runs: neither other programs nor a collection of garbage are the decoder's. */
function timed(run: () => unknown): { readonly error: unknown; readonly ms: number } {
  let error: unknown
  let ms = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 3 && ms >= limitMs; attempt += 1) {
    const before = process.cpuUsage()
    error = caught(run)
    const { user, system } = process.cpuUsage(before)
    ms = Math.min(ms, (user + system) / 1_000)
  }
  return { error, ms }
}

function caught(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

function pick(random: Random, below: number): number {
  return Math.floor(random.next() * below)
}

function mutated(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame)
  const at = pick(random, bytes.length)
  switch (pick(random, 4)) {
    case 0:
      for (let flips = 1 + pick(random, 8); flips > 0; flips -= 1) bytes[pick(random, bytes.length)] = pick(random, 256)
      return bytes
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + pick(random, 16)), bytes.subarray(at)])
    default:
      return Buffer.concat([bytes.subarray(at), bytes, bytes.subarray(0, at)])
  }
}

/** One field full of a repeated element. */
function repeated(element: readonly number[], tag: number): Buffer {
  return nested(Buffer.alloc(maxMessageBytes - 32).fill(Uint8Array.from(element)), tag)
}

function nested(content: Buffer, tag: number): Buffer {
  const length: number[] = []
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 128)) length.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Buffer.concat([Uint8Array.from([tag, ...length]), content])
}
