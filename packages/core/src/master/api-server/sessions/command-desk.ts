import { PiccoloError } from '../../../errors/index.js'
import type { CommandBody, MasterMessage, MessageContext, Reply } from '../../../protocol/index.js'
import type { Clock } from '../../../spi/index.js'
import { weightOf } from './weight-of.js'

const maxWaitingReplies = 256
const maxWaitingBytes = 8 * 1024 * 1024
const answerDeadlineMs = 30_000
// A person who follows a log stays on it.
const followDeadlineMs = 24 * 3_600_000
/** The node cuts off first; this is for one that does not answer at all. */
const slackMs = 5_000

interface Pending {
  readonly take: (reply: Reply) => void
  readonly fail: (error: PiccoloError) => void
}

/** Commands of one session: sent once, never again; their replies find back by id. */
export interface CommandDesk {
  run(body: CommandBody, signal: AbortSignal, context?: MessageContext): AsyncIterable<Uint8Array>
  reply(reply: Reply): void
  /** Fails what is under way: the caller is told that nobody knows what came of it. */
  close(): void
}

export interface CommandDeskOptions {
  readonly clock: Clock
  readonly post: (message: MasterMessage) => void
  readonly nextId: () => string
}

export function commandDesk({ clock, post, nextId }: CommandDeskOptions): CommandDesk {
  const pending = new Map<string, Pending>()

  async function* run(body: CommandBody, signal: AbortSignal, context?: MessageContext): AsyncIterable<Uint8Array> {
    const commandId = nextId()
    const replies: Reply[] = []
    let waitingBytes = 0
    let failure: PiccoloError | undefined
    let wake: () => void = () => undefined
    pending.set(commandId, {
      take(reply) {
        waitingBytes += weightOf(reply)
        if (replies.length >= maxWaitingReplies || waitingBytes > maxWaitingBytes) failure = new PiccoloError('resource-exhausted', 'The caller reads too slowly; ask again, for less at a time.')
        else replies.push(reply)
        wake()
      },
      fail(error) {
        failure = error
        wake()
      },
    })
    const aborted = (): void => { wake() }
    signal.addEventListener('abort', aborted)
    const deadlineMs = body.name === 'logs' && body.follow ? followDeadlineMs : answerDeadlineMs
    const cancelDeadline = clock.schedule(deadlineMs + slackMs, () => pending.get(commandId)?.fail(unanswered()))
    let done = false
    try {
      post({ type: 'command', commandId, deadlineMs, command: body, ...(context !== undefined && { context }) })
      while (!done) {
        if (signal.aborted) return
        const reply = replies.shift()
        if (reply === undefined) {
          if (failure !== undefined) throw failure
          await new Promise<void>((resolve) => { wake = resolve })
          continue
        }
        waitingBytes -= weightOf(reply)
        if (reply.payload !== undefined) yield reply.payload
        if (reply.error !== undefined) throw new PiccoloError(reply.error.code, reply.error.message, { details: reply.error.details ?? {} })
        done = reply.done
      }
    } finally {
      signal.removeEventListener('abort', aborted)
      cancelDeadline()
      pending.delete(commandId)
      if (!done && failure === undefined) post({ type: 'command', commandId: nextId(), deadlineMs: answerDeadlineMs, command: { name: 'cancel', target: commandId } })
    }
  }

  return {
    run,
    reply: (reply) => pending.get(reply.commandId)?.take(reply),
    close() {
      for (const { fail } of pending.values()) fail(new PiccoloError('unavailable', 'The node went away before it had answered; what came of the command is unknown.'))
    },
  }
}

function unanswered(): PiccoloError {
  return new PiccoloError('deadline-exceeded', 'The node gave no answer in time; what came of the command is unknown.')
}
