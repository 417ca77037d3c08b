import type { LogLine } from '@piccolo/core/spi'

const headerBytes = 8
/** A line that never ends is cut here. */
const longestLine = 1024 * 1024

/** One frame: a byte for the stream, three of nothing, the length in four, big-endian; then the text. */
interface Frame {
  readonly stream: LogLine['stream']
  readonly text: string
}

/** Lines out of Podman's framed log stream (timestamps on), however the bytes are cut into chunks. */
export async function* logLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine, void> {
  const open: Record<LogLine['stream'], LogLine | undefined> = { stdout: undefined, stderr: undefined }
  for await (const { stream, text } of frames(chunks)) {
    const { atMs, rest } = splitTimestamp(text)
    const before = open[stream]
    const ends = rest.endsWith('\n')
    const line: LogLine = {
      stream,
      line: (before?.line ?? '') + (ends ? rest.slice(0, -1) : rest),
      ...(before?.atMs === undefined ? (atMs === undefined ? {} : { atMs }) : { atMs: before.atMs }),
    }
    if (ends || line.line.length > longestLine) {
      open[stream] = undefined
      yield line
    } else {
      open[stream] = line
    }
  }
  for (const left of [open.stdout, open.stderr]) if (left !== undefined) yield left
}

async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void> {
  let held = Buffer.alloc(0)
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk])
    while (held.length >= headerBytes) {
      const end = headerBytes + held.readUInt32BE(4)
      if (held.length < end) break
      yield { stream: held[0] === 2 ? 'stderr' : 'stdout', text: held.toString('utf8', headerBytes, end) }
      held = held.subarray(end)
    }
  }
}

function splitTimestamp(text: string): { readonly atMs?: number; readonly rest: string } {
  const space = text.indexOf(' ')
  const atMs = space === -1 ? Number.NaN : Date.parse(text.slice(0, space))
  return Number.isNaN(atMs) ? { rest: text } : { atMs, rest: text.slice(space + 1) }
}
