import { PiccoloError } from '../../../errors/index.js'
import type { MasterMessage } from '../../../protocol/index.js'
import type { MasterChannel } from '../../../spi/index.js'

const maxWaiting = 1_000

/** Sends down one session in order, from several sources, without making any of them wait for a slow link. */
export interface Outbox {
  /** Queues a message; a queue that overflows ends the session, for the node hears nothing any more. */
  post(message: MasterMessage): void
  /** Resolves when the session is to end; rejects with the reason when sending failed. */
  readonly ended: Promise<void>
}

export function outbox(channel: MasterChannel, signal: AbortSignal): Outbox {
  const waiting: MasterMessage[] = []
  let sending = false
  let fail: (error: PiccoloError) => void = () => undefined
  const ended = new Promise<void>((resolve, reject) => {
    fail = reject
    signal.addEventListener('abort', () => { resolve() }, { once: true })
  })
  ended.catch(() => undefined) // the session may have ended for another reason already
  const drain = async (): Promise<void> => {
    if (sending) return
    sending = true
    try {
      for (let message = waiting.shift(); message !== undefined && !signal.aborted; message = waiting.shift()) await channel.send(message, signal)
    } catch (error) {
      fail(PiccoloError.from(error))
    } finally {
      sending = false
    }
  }
  return {
    post(message) {
      if (waiting.length >= maxWaiting) fail(new PiccoloError('resource-exhausted', 'The node does not take its messages; the session ends so that it can start afresh.'))
      else waiting.push(message)
      void drain()
    },
    ended,
  }
}
