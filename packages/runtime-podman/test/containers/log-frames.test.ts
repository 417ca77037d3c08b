import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogLine } from '@piccolo/core/spi'
import { logLines } from '../../src/containers/log-frames.js'

const at = '2026-01-01T00:00:00.000000000Z'
const atMs = Date.UTC(2026, 0, 1)

function frame(stream: LogLine['stream'], text: string): Buffer {
  const body = Buffer.from(text)
  const header = Buffer.alloc(8)
  header[0] = stream === 'stderr' ? 2 : 1
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

async function read(chunks: readonly Buffer[]): Promise<LogLine[]> {
  async function* feed(): AsyncIterable<Buffer> { yield* chunks }
  const lines: LogLine[] = []
  for await (const line of logLines(feed())) lines.push(line)
  return lines
}

test('lines come out whole and in order, however the stream is cut', async () => {
  const line = fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), line: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\n')) })
  await fc.assert(fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, cuts) => {
    const bytes = Buffer.concat(lines.map(({ stream, line: text }) => frame(stream, `${at} ${text}\n`)))
    const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
    const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
    expect(await read(chunks)).toEqual(lines.map((one) => ({ ...one, atMs })))
  }))
})

test('a line in pieces is put together, each stream by itself, with the time of its first piece', async () => {
  const later = '2026-01-01T00:00:09Z'
  expect(await read([frame('stdout', `${at} one `), frame('stderr', `${later} err\n`), frame('stdout', `${later} piece\n`)])).toEqual([
    { stream: 'stderr', line: 'err', atMs: atMs + 9_000 }, { stream: 'stdout', line: 'one piece', atMs },
  ])
})

test('a last line without an end is not lost, and text without a time is taken as it is', async () => {
  expect(await read([frame('stdout', 'no time here')])).toEqual([{ stream: 'stdout', line: 'no time here' }])
})
