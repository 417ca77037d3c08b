import { errorCodes, type ErrorCode, type WireError } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/common.js'
import { given, type Spelled } from './values.js'

export const wireError = {
  toWire: ({ code, message, details }: WireError): Spelled<wire.WireError> => ({
    code,
    message,
    detailsJson: details === undefined ? undefined : JSON.stringify(details),
  }),
  fromWire: ({ code, message, detailsJson }: wire.WireError): WireError =>
    given<WireError>({ code: knownCode(code), message, details: detailsJson === undefined ? undefined : parsedDetails(detailsJson) }),
}

/** A code from a newer version than this one counts as `internal`. */
export function knownCode(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'internal'
}

/** Details help machines; a text that is no JSON object must not hide the error it came with. */
export function parsedDetails(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
