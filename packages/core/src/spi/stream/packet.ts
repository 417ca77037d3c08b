import { PiccoloError } from '../../errors/index.js'
import type { EnrollReply, EnrollRequest, RenewRequest, WireError } from '../../protocol/index.js'
import { decodeWireValue } from './wire-value.js'

/** What travels over a stream, each behind its length in four bytes. The first one from the side that dialled says what it wants. */
export type Packet =
  | { readonly kind: 'enroll'; readonly body: EnrollRequest }
  | { readonly kind: 'renew'; readonly body: RenewRequest }
  | { readonly kind: 'session' }
  /** The session stands. */
  | { readonly kind: 'opened' }
  /** To enroll and renew. */
  | { readonly kind: 'reply'; readonly body: EnrollReply }
  /** Instead of a reply, of `opened`, or as the end of a session. */
  | { readonly kind: 'error'; readonly body: WireError }
  | { readonly kind: 'message'; readonly body: unknown }
  /** An orderly end: nothing follows. A stream that ends without it broke. */
  | { readonly kind: 'end' }

export function decodePacket(bytes: Uint8Array): Packet {
  const value = decodeWireValue(bytes)
  if (typeof value !== 'object' || value === null || !('kind' in value)) throw new PiccoloError('invalid-argument', 'These bytes are a value, but no packet.')
  // Its kind is looked at by whoever reads it, its body by whoever it is for.
  return value as Packet
}

/** The error as the other side sees it: code, message and details. Causes and stacks stay home, and so do defects. */
export function wireErrorOf(error: unknown): WireError {
  if (!PiccoloError.is(error)) return { code: 'internal', message: 'The other side failed unexpectedly; its log says more.' }
  const { code, message, details } = error
  return { code, message, details }
}

export function errorOf({ code, message, details }: WireError): PiccoloError {
  return new PiccoloError(code, message, details === undefined ? {} : { details })
}
