import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import type { ConnectionNews, PiccoloClient } from '@piccolo/client'
import { tellNews } from '../connection-news.js'
import type { CliHost } from '../host.js'
import { livePicture, type LivePictureOptions } from '../text/live-picture.js'

/** A terminal's picture is taken anew this often, so that its ages tell the truth; so is one that could not be taken. */
const refreshMs = 5_000

export interface Watched extends LivePictureOptions {
  /** The whole picture, as it is now. */
  draw(): Promise<string>
}

/** Draws at once and whenever something changed, over cuts of the connection, until interrupted. */
export async function watch(host: CliHost, client: PiccoloClient, { draw, ...options }: Watched): Promise<void> {
  const picture = livePicture(host.out, options)
  const tell = tellNews(host)
  const onConnection = (news: ConnectionNews): void => { if (tell(news)) picture.keep() }
  const redraw = async (): Promise<'drawn' | 'stale'> => {
    try {
      const text = await draw()
      onConnection({ type: 'back' })
      await picture.show(text)
      return 'drawn'
    } catch (error) {
      if (host.stop.aborted || !PiccoloError.is(error) || !error.retryable) throw error
      onConnection({ type: 'lost', error })
      return 'stale'
    }
  }
  const life = new AbortController()
  try {
    await eachWake(client.changes({ signal: AbortSignal.any([host.stop, life.signal]), onConnection }), { redraw, always: host.out.width !== undefined })
  } finally {
    life.abort()
  }
  throwIfAborted(host.stop)
}

/** `always`: after `refreshMs` without a wake as well; otherwise only while the last picture is stale. */
async function eachWake(wakes: AsyncIterable<void>, { redraw, always }: { readonly redraw: () => Promise<'drawn' | 'stale'>; readonly always: boolean }): Promise<void> {
  const iterator = wakes[Symbol.asyncIterator]()
  let next = iterator.next()
  let state: 'drawn' | 'stale' = 'drawn'
  for (let opened = false; ; opened = true) {
    const woken = await (opened && (always || state === 'stale') ? within(refreshMs, next) : next)
    if (woken?.done === true) return
    if (woken !== undefined) {
      next = iterator.next()
      next.catch(() => undefined) // it may fail while the picture is drawn; then it is asked
    }
    state = await redraw()
  }
}

/** Undefined if it takes longer. */
async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => { resolve(undefined) }, timeoutMs) })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
