import { PiccoloError, type Clock } from '@piccolo/core/spi'
import { problemFor } from '../answers/problem-for.js'
import { linkedSignal, unlessAborted } from '../requests/linked-signal.js'
import type { ApiContext, ApiScope } from '../scope.js'
import { endFrame, problemFrame, streamOpening } from './frame.js'
import { frameBody } from './frame-body.js'
import { stillProven } from './still-proven.js'

export interface StreamRequest<Item> {
  open(signal: AbortSignal): AsyncIterable<Item>
  /** Absent = this item is not sent. */
  frame(item: Item): string | undefined
}

/** Answers with server-sent events. An error that comes at once has its own status; a later one is the stream's last event, as it is when the caller's proof holds no more. */
export async function streamResponse<Item>(scope: ApiScope, context: ApiContext, request: StreamRequest<Item>): Promise<Response> {
  const { limits, streams, clock, closing } = scope
  // Its body would be dropped unread, and the source would never learn that nobody listens.
  if (context.req.raw.method === 'HEAD') throw new PiccoloError('unsupported', 'A stream can only be asked for with GET.')
  if (streams.size >= limits.maxStreams) {
    throw new PiccoloError('resource-exhausted', `All ${String(limits.maxStreams)} streams of this API are in use. Close one, or try again later.`)
  }
  const ticket = Symbol('stream')
  const linked = linkedSignal([context.req.raw.signal, closing])
  streams.add(ticket)
  const proven = stillProven(scope, context)
  let items: AsyncIterator<Item> | undefined
  const onEnd = (): void => {
    streams.delete(ticket)
    proven.release()
    linked.release()
    linked.abort(new PiccoloError('aborted', 'The stream has ended.'))
    // A source that is not being asked just now would not notice the signal.
    items?.return?.().catch((error: unknown) => { scope.logger.debug({ error: PiccoloError.from(error).message }, 'stream source did not end well') })
  }
  try {
    const source = request.open(linked.signal)[Symbol.asyncIterator]()
    items = source
    const first = source.next()
    await early(first, clock, limits.openingMs, linked.signal)
    const frames = framesOf({
      first, next: () => source.next(), frame: request.frame, caller: proven.signal,
      onError: (error) => (linked.signal.aborted ? undefined : problemFrame(problemFor(scope.logger, error, context.get('requestId')))),
    })
    const body = frameBody(frames, {
      clock, signal: linked.signal, heartbeatMs: limits.heartbeatMs, stallMs: limits.stallMs, onEnd,
      onStall: () => { context.env.outgoing.destroy() },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' } })
  } catch (error) {
    const cut = linked.signal.aborted && PiccoloError.is(error, 'aborted')
    const reason: unknown = cut ? linked.signal.reason : error
    onEnd()
    throw reason
  }
}

/** Waits for the first item, but not long: a stream may rightly be silent for hours. */
async function early(first: Promise<unknown>, clock: Clock, openingMs: number, signal: AbortSignal): Promise<void> {
  let cancel = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    cancel = clock.schedule(openingMs, resolve)
  })
  try {
    await unlessAborted(Promise.race([first, opened]), signal)
  } finally {
    cancel()
  }
}

interface Frames<Item> {
  readonly first: Promise<IteratorResult<Item, unknown>>
  next(): Promise<IteratorResult<Item, unknown>>
  frame(item: Item): string | undefined
  /** Aborts when nobody may listen any more, whatever the source has to say. */
  readonly caller: AbortSignal
  /** Answers with the last frame; undefined when the stream was cut from outside, so that its reader resumes. */
  onError(error: unknown): string | undefined
}

async function* framesOf<Item>({ first, next, frame, caller, onError }: Frames<Item>): AsyncGenerator<string, void> {
  yield streamOpening
  try {
    for (let item = await unlessAborted(first, caller); item.done !== true; item = await unlessAborted(next(), caller)) {
      const text = frame(item.value)
      if (text !== undefined) yield text
    }
    yield endFrame
  } catch (error) {
    const last = onError(error)
    if (last !== undefined) yield last
  }
}
