import { errorCodes, type ErrorCode } from './codes.js'

export interface PiccoloErrorOptions {
  /** For machines; JSON-compatible and free of secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What was caught, kept for logs; never sent to the other side. */
  readonly cause?: unknown
}

/** The only error that crosses a package boundary. Its message tells a person what is wrong and what to do. */
export class PiccoloError extends Error {
  override readonly name = 'PiccoloError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: PiccoloErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  /** Whether the same call, unchanged, may succeed later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }

  /** Recognises an error of any loaded copy of this package; `instanceof` would miss a second copy's. */
  static is(error: unknown, code?: ErrorCode): error is PiccoloError {
    if (!(error instanceof Error) || error.name !== 'PiccoloError' || !('code' in error)) return false
    return code === undefined || error.code === code
  }

  /** The error itself if it is a PiccoloError, otherwise an `internal` (or `aborted`) one that keeps it as cause. */
  static from(error: unknown): PiccoloError {
    if (PiccoloError.is(error)) return error
    if (error instanceof Error && error.name === 'AbortError') {
      return new PiccoloError('aborted', 'The operation was aborted.', { cause: error })
    }
    const text = error instanceof Error ? error.message : String(error)
    return new PiccoloError('internal', `Unexpected failure: ${text}`, { cause: error })
  }
}
