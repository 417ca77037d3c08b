import { PiccoloError, type Logger } from '@piccolo/core/spi'
import { problemOf, type ProblemDocument } from './problem.js'

/** The problem that tells a client of an error. Defects are logged here, with what the client is not told. */
export function problemFor(logger: Logger, error: unknown, requestId: string): ProblemDocument {
  const known = PiccoloError.from(error)
  if (known.code === 'internal' || known.code === 'corrupt') {
    const { cause } = known
    logger.error({ requestId, code: known.code, error: known.message, stack: cause instanceof Error ? cause.stack : known.stack }, 'a request failed')
  }
  return problemOf(known, requestId)
}
