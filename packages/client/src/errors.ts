import { errorCodes, PiccoloError, type ErrorCode } from '@piccolo/core/spi'

/** The master's refusal, as it said it. */
export function refusal(body: string, status: number, address: string): PiccoloError {
  const problem = parsed(body)
  const code = problem?.['code']
  const message = problem?.['detail']
  if (isErrorCode(code) && typeof message === 'string') return new PiccoloError(code, message, { details: recordOf(problem?.['details']) })
  return strangeAnswer(address, `status ${String(status)}`)
}

/** What answers is no master of ours: a proxy's page, another program on the port. */
export function strangeAnswer(address: string, what: string): PiccoloError {
  return new PiccoloError('unavailable', `${address} answered, but not as Piccolo's API does (${what}). Is the address right, and is a proxy in between?`, { details: { address } })
}

/** Why no answer came. */
export function connectionError(error: unknown, address: string): PiccoloError {
  if (PiccoloError.is(error)) return error
  const reason = reasonOf(error)
  const details = { address, reason }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/.test(reason)) {
    return new PiccoloError('unauthenticated', `${address} could not prove that it is the master of this credential (${reason}). Was the cluster made anew? Then take its new credential file.`, { cause: error, details })
  }
  return new PiccoloError('unavailable', `Cannot reach the master at ${address} (${reason}). Is it running, and is the address right?`, { cause: error, details })
}

/** The innermost cause says it best: fetch itself only says that it failed. */
function reasonOf(error: unknown): string {
  let innermost = error
  for (let depth = 0; depth < 5 && innermost instanceof Error && innermost.cause !== undefined; depth += 1) innermost = innermost.cause
  if (!(innermost instanceof Error)) return String(innermost)
  const code = 'code' in innermost && typeof innermost.code === 'string' ? innermost.code : undefined
  // Node's names say more than its sentences; those of its HTTP client (UND_ERR_SOCKET) say less.
  return code === undefined || code.startsWith('UND_ERR') ? innermost.message : code
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return recordOf(JSON.parse(body))
  } catch {
    // Not JSON: then it is not a problem document either, and the caller says so.
    return undefined
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {} // an object's keys are strings
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code)
}
