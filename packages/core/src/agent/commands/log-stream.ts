import { PiccoloError } from '../../errors/index.js'
import type { Reply } from '../../protocol/index.js'
import type { LogLine, LogsFacet } from '../../spi/index.js'
import { Bell, untilAborted } from '../../link/index.js'

/** What is read ahead of the link. */
const pendingBytes = 16 * 1024

export interface LogSource {
  readonly id: string
  readonly container: string
}

export interface LogRequest {
  readonly commandId: string
  readonly logs: LogsFacet
  readonly sources: readonly LogSource[]
  readonly follow: boolean
  readonly tail: number | undefined
  /** There is something to send. */
  readonly onPending: () => void
}

/** Lines of one or several containers on their way to the master, read no faster than the link takes them. */
export class LogStream {
  readonly #request: LogRequest
  readonly #room = new Map<LogSource, Bell>()
  #lines: (LogLine & { readonly container: string })[] = []
  #bytes = 0
  #end: Pick<Reply, 'error'> | undefined
  #told = false

  constructor(request: LogRequest) {
    this.#request = request
  }

  /** Reads until the containers' logs end or the signal aborts; a failure is told to the one who asked. */
  async run(signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(this.#request.sources.map((source) => this.#read(source, signal)))
    const failed = results.find((result) => result.status === 'rejected')
    this.end(failed && PiccoloError.from(failed.reason))
  }

  /** Nothing more will come. Once is enough; the first word counts. */
  end(error?: PiccoloError): void {
    this.#end ??= error === undefined ? {} : { error: { code: error.code, message: error.message } }
    this.#request.onPending()
  }

  /** The next part of the answer; undefined when there is none now. */
  next(): Reply | undefined {
    const { commandId } = this.#request
    if (this.#lines.length > 0) {
      const payload = new TextEncoder().encode(JSON.stringify(this.#lines))
      this.#lines = []
      this.#bytes = 0
      for (const bell of this.#room.values()) bell.ring()
      return { type: 'reply', commandId, payload, done: false }
    }
    if (this.#end === undefined || this.#told) return undefined
    this.#told = true
    return { type: 'reply', commandId, done: true, ...this.#end }
  }

  async #read(source: LogSource, signal: AbortSignal): Promise<void> {
    const { logs, follow, tail, onPending } = this.#request
    const room = new Bell()
    this.#room.set(source, room)
    const lines = logs.read(source.id, { follow, ...(tail === undefined ? {} : { tail }) }, signal)
    for await (const line of untilAborted(lines, signal)) {
      while (this.#bytes >= pendingBytes && !signal.aborted) await room.wait(signal)
      this.#lines.push({ ...line, container: source.container })
      this.#bytes += line.line.length + 64
      onPending()
    }
  }
}
