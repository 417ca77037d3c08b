import { PiccoloError } from '@piccolo/core/spi'
import type { ContainerLogLine, LogsRequest } from '../piccolo-client.js'
import { pathOf } from '../path-of.js'
import { laneOf, LogPosition } from './log-position.js'
import { overCuts, type FollowConnection } from './over-cuts.js'
import { readStream, type StreamItem } from './read-stream.js'

/** So much of a log is asked for again after a cut; all of it only if that does not reach back to what was given. */
const recentLines = 1_000

/** What a workload writes, over cuts: the times or positions in a log say how far it was read. */
export function followLogs(connection: FollowConnection, request: LogsRequest, signal: AbortSignal): AsyncGenerator<StreamItem, void> {
  const position = new LogPosition()
  const open = (reopened: boolean): AsyncIterable<StreamItem> => (
    reopened && !position.atStart ? resumed(connection, { request, position, signal }) : noted(readLogs(connection, request, signal), position)
  )
  const hopeless = (cut: PiccoloError): PiccoloError | undefined => (position.timeless ? new PiccoloError('unavailable',
    `${cut.message} The runtime of this node keeps no times and no positions in its logs, so this one can't be taken up where it was left: ask for it again.`, { details: cut.details, cause: cut }) : undefined)
  return overCuts({ connection, signal, onConnection: request.onConnection, open, hopeless })
}

/** One reading over one connection. */
export function readLogs(connection: FollowConnection, { workload, container, follow, tail }: LogsRequest, signal: AbortSignal): AsyncGenerator<StreamItem, void> {
  return readStream(connection, { method: 'GET', path: pathOf(['workloads', workload, 'logs'], { container, follow, tail }) }, signal)
}

export function lineOf(item: StreamItem & { readonly type: 'message' }): ContainerLogLine {
  return JSON.parse(item.message.data) as ContainerLogLine // the master's own line: its shape is its contract
}

interface Resumption {
  readonly request: LogsRequest
  readonly position: LogPosition
  readonly signal: AbortSignal
}

async function* resumed(connection: FollowConnection, { request: { tail: _first, ...request }, position, signal }: Resumption): AsyncGenerator<StreamItem, void> {
  const recent = readLogs(connection, { ...request, tail: recentLines }, signal)
  if ((yield* newOnes(recent, position, { reachingBack: true })) === 'complete') return
  yield* newOnes(readLogs(connection, request, signal), position, { reachingBack: false })
}

/** Passes on what was not given before. `gap`: what came first of a container, or of its stream, is later than all that was given, so something may lie between. */
async function* newOnes(items: AsyncIterable<StreamItem>, position: LogPosition, { reachingBack }: { readonly reachingBack: boolean }): AsyncGenerator<StreamItem, 'complete' | 'gap'> {
  const givenBefore = position.givenBefore()
  const met = new Set<string>()
  for await (const item of items) {
    if (item.type === 'opened') {
      yield item
      continue
    }
    const line = lineOf(item)
    const before = givenBefore(line)
    if (reachingBack && !before && !met.has(laneOf(line))) return 'gap'
    met.add(laneOf(line))
    if (before) continue
    position.note(line)
    yield item
  }
  return 'complete'
}

async function* noted(items: AsyncIterable<StreamItem>, position: LogPosition): AsyncGenerator<StreamItem, void> {
  for await (const item of items) {
    if (item.type === 'message') position.note(lineOf(item))
    yield item
  }
}
