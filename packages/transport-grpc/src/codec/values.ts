import { PiccoloError } from '@piccolo/core/spi'

/**
 * The same type with every key spelled out, optional ones as `| undefined`. Codecs build these, so that a field added to the
 * protocol or to the wire breaks the build until both sides of its codec know it.
 */
export type Spelled<T> = { [K in keyof T]-?: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** The value without its undefined keys: absent stays absent. */
export function given<T extends object>(spelled: Spelled<T>): T {
  // Only keys that T declares optional can be undefined in Spelled<T>.
  return Object.fromEntries(Object.entries(spelled).filter(([, value]) => value !== undefined)) as T
}

export function malformed(where: string, problem: string): PiccoloError {
  return new PiccoloError('invalid-argument', `Malformed message: ${where} ${problem}.`, { details: { where } })
}

export function required<T>(value: T | undefined, where: string): T {
  if (value === undefined) throw malformed(where, 'is missing')
  return value
}

/** Runs the conversion unless the value is absent. */
export function maybe<A, B>(value: A | undefined, convert: (value: A) => B): B | undefined {
  return value === undefined ? undefined : convert(value)
}

/** Counters travel as integers; what isn't one must not be rounded silently. */
export function toUint(value: number, where: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(where, `is ${value}, expected a whole number from 0 to 2^53 - 1`)
  return BigInt(value)
}

export function fromUint(value: bigint, where: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(where, `is ${value}, expected a whole number from 0 to 2^53 - 1`)
  return Number(value)
}

/** Times and measures: any number but NaN and the infinities. */
export function finite(value: number, where: string): number {
  if (!Number.isFinite(value)) throw malformed(where, `is ${value}, expected a number`)
  return value
}

/** One of a closed set of words, given as the keys of a table that the compiler checks for completeness. */
export function word<Word extends string>(words: Readonly<Record<Word, true>>, value: string, where: string): Word {
  if (!isWord(words, value)) throw malformed(where, `is ${JSON.stringify(value.slice(0, 40))}, expected ${Object.keys(words).join(', ')}`)
  return value
}

/** A copy: the decoder's bytes are a window on the whole frame. */
export function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function isWord<Word extends string>(words: Readonly<Record<Word, true>>, value: string): value is Word {
  return Object.hasOwn(words, value)
}
