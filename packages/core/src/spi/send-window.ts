import { PiccoloError, throwIfAborted } from '../errors/index.js'

interface Waiting {
  readonly bytes: number
  readonly admit: () => void
  readonly refuse: (error: PiccoloError) => void
}

/** For transports: bounds what is written and not yet on its way. A sender waits its turn until its bytes fit. A message larger than the bound goes alone. */
export class SendWindow {
  readonly #boundBytes: number
  readonly #queue: Waiting[] = []
  #usedBytes = 0
  #closed: PiccoloError | undefined

  constructor(boundBytes: number) {
    this.#boundBytes = boundBytes
  }

  /** Takes room for `bytes`; aborted while waiting, nothing was taken. */
  async reserve(bytes: number, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#closed !== undefined) throw this.#closed
    if (this.#queue.length === 0 && this.#fits(bytes)) {
      this.#usedBytes += bytes
      return
    }
    await this.#wait(bytes, signal)
  }

  free(bytes: number): void {
    this.#usedBytes -= bytes
    for (let first = this.#queue[0]; first !== undefined && this.#fits(first.bytes); first = this.#queue[0]) {
      this.#queue.shift()
      this.#usedBytes += first.bytes
      first.admit()
    }
  }

  /** Refuses those who wait and all who come. */
  close(error: PiccoloError): void {
    this.#closed ??= error
    for (const waiting of this.#queue.splice(0)) waiting.refuse(error)
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#boundBytes
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1)
        reject(new PiccoloError('aborted', 'The operation was aborted.', { cause: signal.reason }))
      }
      // Before anybody else can run: who has its turn is in the queue no more, and can't leave it.
      const decided = (): void => signal.removeEventListener('abort', leave)
      const waiting: Waiting = {
        bytes,
        admit: () => { decided(); resolve() },
        refuse: (error) => { decided(); reject(error) },
      }
      this.#queue.push(waiting)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
