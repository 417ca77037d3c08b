import { PiccoloError } from '../../errors/index.js'

/** The one key that values of their own kind hide behind; an object that has it itself is wrapped. */
const mark = '$'
const headBytes = 4
/** Of a bigint as text: the protocol's have 64 bit, and reading a text of megabytes as a number takes seconds. */
const maxBigintLength = 40
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * A value as bytes, and the same value again: JSON, with what JSON can't say (bytes, bigint, undefined, numbers that are not finite)
 * marked, and the bytes themselves behind it: a length of four bytes, the JSON, the bytes. A bigint has at most 39 digits.
 */
export function encodeWireValue(value: unknown): Uint8Array {
  const attachments: Uint8Array[] = []
  let attachedBytes = 0
  const attach = (bytes: Uint8Array): readonly unknown[] => {
    attachments.push(bytes)
    attachedBytes += bytes.length
    return ['bytes', attachedBytes - bytes.length, bytes.length]
  }
  const json = encoder.encode(JSON.stringify(plain(value, attach)))
  const encoded = new Uint8Array(headBytes + json.length + attachedBytes)
  new DataView(encoded.buffer).setUint32(0, json.length)
  encoded.set(json, headBytes)
  let offset = headBytes + json.length
  for (const bytes of attachments) {
    encoded.set(bytes, offset)
    offset += bytes.length
  }
  return encoded
}

/** Throws `invalid-argument` for bytes that {@link encodeWireValue} did not make. What the value is about is for the reader to judge. */
export function decodeWireValue(encoded: Uint8Array): unknown {
  try {
    const jsonBytes = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength).getUint32(0)
    const take = takerOf(encoded.subarray(headBytes + jsonBytes))
    return lively(JSON.parse(decoder.decode(encoded.subarray(headBytes, headBytes + jsonBytes))), take)
  } catch (error) {
    throw new PiccoloError('invalid-argument', 'These bytes are no message: the other side speaks another language.', { cause: error })
  }
}

function plain(value: unknown, attach: (bytes: Uint8Array) => readonly unknown[]): unknown {
  if (value === undefined) return { [mark]: ['undefined'] }
  if (typeof value === 'bigint') return { [mark]: ['bigint', String(value)] }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return { [mark]: ['number', Object.is(value, -0) ? '-0' : String(value)] }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return { [mark]: attach(value) }
  if (Array.isArray(value)) return value.map((item) => plain(item, attach))
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, attach)]))
  return Object.hasOwn(copy, mark) ? { [mark]: ['object', copy] } : copy
}

type Take = (start: number, length: number) => Uint8Array

/** Each attached byte is taken once at most: a short message can't become a large value. */
function takerOf(attached: Uint8Array): Take {
  let left = attached.length
  return (start, length) => {
    if (!(start >= 0 && length >= 0 && start + length <= attached.length && length <= left)) throw new RangeError('bytes outside of the message')
    left -= length
    return new Uint8Array(attached.subarray(start, start + length))
  }
}

function lively(value: unknown, take: Take): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => lively(item, take))
  const marked: unknown = Object.hasOwn(value, mark) ? (value as Record<string, unknown>)[mark] : undefined
  return marked === undefined ? members(value, take) : unmarked(marked, take)
}

function unmarked(marked: unknown, take: Take): unknown {
  if (!Array.isArray(marked)) throw new TypeError('a mark that is no list')
  const [kind, first, second] = marked as readonly unknown[]
  if (kind === 'undefined') return undefined
  if (kind === 'bigint' && typeof first === 'string' && first.length <= maxBigintLength) return BigInt(first)
  if (kind === 'number' && typeof first === 'string') return Number(first)
  if (kind === 'object' && typeof first === 'object' && first !== null) return members(first, take)
  if (kind === 'bytes' && typeof first === 'number' && typeof second === 'number') return take(first, second)
  throw new TypeError('an unknown mark')
}

function members(value: object, take: Take): object {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lively(item, take)]))
}
