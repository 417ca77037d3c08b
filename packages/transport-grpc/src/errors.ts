import { Metadata, status, type StatusObject } from '@grpc/grpc-js'
import { PiccoloError, type ErrorCode } from '@piccolo/core/spi'
import { wireError } from './codec/wire-error.js'
import { WireError } from './generated/piccolo/v1/common.js'

const errorKey = 'piccolo-error-bin'
/** Trailers share 16 KiB with everything else in many stacks. */
const maxErrorBytes = 8 * 1024

/** For tools that look at the wire; our own sides read the trailer. */
const statusOf: Readonly<Record<ErrorCode, status>> = {
  'invalid-argument': status.INVALID_ARGUMENT,
  'invalid-manifest': status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  'already-exists': status.ALREADY_EXISTS,
  conflict: status.ABORTED,
  unauthenticated: status.UNAUTHENTICATED,
  'permission-denied': status.PERMISSION_DENIED,
  'failed-precondition': status.FAILED_PRECONDITION,
  'unknown-node': status.NOT_FOUND,
  revoked: status.PERMISSION_DENIED,
  expired: status.UNAUTHENTICATED,
  quarantined: status.PERMISSION_DENIED,
  pending: status.FAILED_PRECONDITION,
  'resource-exhausted': status.RESOURCE_EXHAUSTED,
  'too-large': status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  'deadline-exceeded': status.DEADLINE_EXCEEDED,
  aborted: status.CANCELLED,
  unsupported: status.UNIMPLEMENTED,
  compacted: status.OUT_OF_RANGE,
  corrupt: status.DATA_LOSS,
  internal: status.INTERNAL,
}

/** What gRPC itself reports, without a trailer of ours. What isn't here came of a connection that went away. */
const codeOf: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.INVALID_ARGUMENT]: 'invalid-argument',
  [status.DEADLINE_EXCEEDED]: 'deadline-exceeded',
  [status.PERMISSION_DENIED]: 'permission-denied',
  [status.RESOURCE_EXHAUSTED]: 'resource-exhausted',
  [status.UNIMPLEMENTED]: 'unsupported',
  [status.UNAUTHENTICATED]: 'unauthenticated',
}

/** The error as gRPC carries it: whole in a trailer, roughly in the status. */
export function toStatus(error: PiccoloError): { readonly code: status; readonly details: string; readonly metadata: Metadata } {
  return { code: statusOf[error.code], details: error.code, metadata: errorTrailers(error) }
}

export function errorTrailers(error: PiccoloError): Metadata {
  const metadata = new Metadata()
  metadata.set(errorKey, encoded(error))
  return metadata
}

/** The error the other side told in its trailers, if it told one. */
export function toldError(metadata: Metadata): PiccoloError | undefined {
  const [bytes] = metadata.get(errorKey)
  if (!(bytes instanceof Uint8Array)) return undefined
  try {
    const { code, message, details } = wireError.fromWire(WireError.decode(bytes))
    return new PiccoloError(code, message, details === undefined ? {} : { details })
  } catch (error) {
    return new PiccoloError('internal', 'The other side told of an error that does not parse.', { cause: error })
  }
}

/** What became of a call to `address`. Undefined = it ended well. */
export function fromStatus({ code, details, metadata }: StatusObject, address: string): PiccoloError | undefined {
  const told = toldError(metadata)
  if (told !== undefined || code === status.OK) return told
  const known = codeOf[code]
  const context = { details: { address }, cause: new Error(`${status[code]}: ${details}`) }
  if (known !== undefined) return new PiccoloError(known, `${address} refused: ${details}`, context)
  return new PiccoloError('unavailable', `No connection to ${address}: ${lastError(details)}.`, context)
}

/** What listening fails with, and what a person can do about it. */
export function listenError(error: Error, address: string): PiccoloError {
  const reason = 'code' in error ? String(error.code) : error.message
  const options = { details: { address, reason }, cause: error }
  if (reason === 'EADDRINUSE') return new PiccoloError('failed-precondition', `Cannot listen at ${address}: the port is in use. Stop the program that has it, or listen elsewhere.`, options)
  if (reason === 'EACCES') return new PiccoloError('permission-denied', `Not allowed to listen at ${address}. Take a port above 1023, or start with the right to bind it.`, options)
  if (reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND') return new PiccoloError('invalid-argument', `${address} is not an address of this machine. Listen at one that is, or at 0.0.0.0 for all of them.`, options)
  return new PiccoloError('unavailable', `Cannot listen at ${address}: ${error.message}.`, options)
}

/** grpc-js wraps the reason: "No connection established. Last error: Error: connect ECONNREFUSED … (2026-…). Resolution note: ". */
function lastError(details: string): string {
  const wrapped = /Last error: (?:Error: )?(.*?)(?: \(\d{4}-[^)]*\))?\. Resolution note/s.exec(details)
  return (wrapped?.[1] ?? details).replace(/\.$/, '')
}

function encoded({ code, message, details }: PiccoloError): Buffer {
  const whole = Buffer.from(WireError.encode(wireError.toWire({ code, message, details })).finish())
  if (whole.length <= maxErrorBytes) return whole
  return Buffer.from(WireError.encode(wireError.toWire({ code, message: message.slice(0, maxErrorBytes / 4) })).finish())
}
