import { PiccoloError } from '../../errors/index.js'

/** The one key that values of their own kind hide behind; an object that has it itself is wrapped. */
const mark = '$'
const headBytes = 4
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * A value as bytes, and the same value again: JSON, with what JSON can't say (bytes, bigint, undefined, numbers that are not finite)
 * marked, and the bytes themselves behind it: a length of four bytes, the JSON, the bytes.
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
    const attached = encoded.subarray(headBytes + jsonBytes)
    return lively(JSON.parse(decoder.decode(encoded.subarray(headBytes, headBytes + jsonBytes))), attached)
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

function lively(value: unknown, attached: Uint8Array): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => lively(item, attached))
  const marked: unknown = Object.hasOwn(value, mark) ? (value as Record<string, unknown>)[mark] : undefined
  return marked === undefined ? members(value, attached) : unmarked(marked, attached)
}

function unmarked(marked: unknown, attached: Uint8Array): unknown {
  if (!Array.isArray(marked)) throw new TypeError('a mark that is no list')
  const [kind, first, second] = marked as readonly unknown[]
  if (kind === 'undefined') return undefined
  if (kind === 'bigint' && typeof first === 'string') return BigInt(first)
  if (kind === 'number' && typeof first === 'string') return Number(first)
  if (kind === 'object' && typeof first === 'object' && first !== null) return members(first, attached)
  if (kind !== 'bytes' || typeof first !== 'number' || typeof second !== 'number') throw new TypeError('an unknown mark')
  if (!(first >= 0 && second >= 0 && first + second <= attached.length)) throw new RangeError('bytes outside of the message')
  return new Uint8Array(attached.subarray(first, first + second))
}

function members(value: object, attached: Uint8Array): object {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lively(item, attached)]))
}
