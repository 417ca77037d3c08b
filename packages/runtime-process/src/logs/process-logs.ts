import { watch } from 'node:fs'
import { join } from 'node:path'
import { PiccoloError, throwIfAborted, type Clock, type LogLine, type LogsFacet } from '@piccolo/core/spi'
import type { ContainerFiles } from '../containers/container-files.js'
import { outputEnded, readRun } from '../containers/container-run.js'
import { waitUntil } from '../containers/wait-until.js'
import { systemError } from '../errors.js'
import { StreamFile } from './stream-file.js'

/** How long after a container's end its last output is waited for; a process that left the group may hold it open for ever. */
const lastOutputMs = 1_000
/** Enough of a container's id to tell its log from those before and after. */
const logNameLength = 8

export interface ProcessLogsParts {
  readonly files: ContainerFiles
  readonly bootId: string
  readonly clock: Clock
}

/**
 * What containers printed, as far as it is kept. Lines are in order within their stream; which of the two streams came first is
 * not known, so what was printed before the call is told stdout first.
 */
export function processLogs(parts: ProcessLogsParts): LogsFacet {
  return {
    async *read(id, { follow, tail }, signal) {
      throwIfAborted(signal)
      if ((await parts.files.record(id)) === undefined) throw new PiccoloError('not-found', `There is no container ${id} here.`)
      try {
        yield* readLogs(id, { ...parts, follow, tail, signal })
      } catch (error) {
        throw systemError(error, 'Reading logs')
      }
    },
  }
}

interface Stream {
  readonly stream: LogLine['stream']
  readonly file: StreamFile
}

interface Reading extends ProcessLogsParts {
  readonly follow: boolean
  readonly tail: number | undefined
  readonly signal: AbortSignal
}

async function* readLogs(id: string, reading: Reading): AsyncGenerator<LogLine, void, undefined> {
  const { follow, tail, signal } = reading
  const folder = reading.files.of(id)
  const log = id.slice(0, logNameLength)
  const streams: readonly Stream[] = (['stdout', 'stderr'] as const).map((stream) => ({ stream, file: new StreamFile(join(folder, `logs/${stream}.log`)) }))
  const changes = new Changes(join(folder, 'logs'), join(folder, 'run'), signal)
  try {
    let over = await isOver(folder, reading)
    const before = linesOf(log, streams, { toTheEnd: over || !follow })
    if (tail === undefined) yield* before
    else yield* await lastOf(before, tail)
    while (follow && !over && !signal.aborted) {
      await changes.next()
      over = await isOver(folder, reading)
      yield* linesOf(log, streams, { toTheEnd: over })
    }
  } finally {
    changes.close()
    for (const { file } of streams) await file.close()
  }
}

/** Whether the container has ended and its last output is in the files. One that was not yet started has not ended. */
async function isOver(folder: string, { bootId, clock, signal }: Reading): Promise<boolean> {
  const run = await readRun(folder, bootId)
  if (run?.end === undefined) return false
  await waitUntil(join(folder, 'run'), async () => !run.thisBoot || (await outputEnded(folder, run.run)), { clock, signal, withinMs: lastOutputMs })
  return true
}

/** What came since the last call; `toTheEnd`: nothing more will come, so a last line that nothing ended is one, too. */
async function* linesOf(log: string, streams: readonly Stream[], { toTheEnd }: { readonly toTheEnd: boolean }): AsyncGenerator<LogLine, void, undefined> {
  for (const { stream, file } of streams) {
    for await (const { line, at } of file.lines()) yield { stream, line, position: { log, at } }
    const last = toTheEnd ? file.unfinished() : undefined
    if (last !== undefined) yield { stream, line: last.line, position: { log, at: last.at } }
  }
}

/** The last lines, half of each stream; what one of them does not fill is the other's. No more of them than that is held. */
async function lastOf(lines: AsyncIterable<LogLine>, count: number): Promise<readonly LogLine[]> {
  const last: Record<LogLine['stream'], LogLine[]> = { stdout: [], stderr: [] }
  for await (const line of lines) {
    const kept = last[line.stream]
    kept.push(line)
    if (kept.length > 2 * count) kept.splice(0, kept.length - count)
  }
  const { stdout: out, stderr: err } = last
  const errors = Math.min(err.length, Math.max(Math.floor(count / 2), count - out.length))
  const outputs = Math.min(out.length, count - errors)
  return [...out.slice(out.length - outputs), ...err.slice(err.length - errors)]
}

/** Wakes whoever waits when something changes in either folder, or the signal aborts. */
class Changes {
  readonly #watchers
  readonly #signal: AbortSignal
  #changed = true
  #wake: () => void = () => undefined
  readonly #onChange = (): void => {
    this.#changed = true
    this.#wake()
  }

  constructor(first: string, second: string, signal: AbortSignal) {
    this.#signal = signal
    this.#watchers = [first, second].map((folder) => watch(folder, this.#onChange).on('error', this.#onChange))
    signal.addEventListener('abort', this.#onChange)
  }

  async next(): Promise<void> {
    while (!this.#changed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#changed = false
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onChange)
    for (const watcher of this.#watchers) watcher.close()
  }
}
