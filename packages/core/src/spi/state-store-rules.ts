import { PiccoloError } from '../errors/index.js'
import type { CommitRequest, StoreCapabilities } from './state-store.js'

const maxKeyBytes = 512
const encoder = new TextEncoder()

/** Orders keys as their UTF-8 bytes are ordered. JavaScript's own `<` differs where characters beyond U+FFFF meet U+E000 to U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Throws `invalid-argument` unless the key is one that every store can hold. */
export function checkKey(key: string): void {
  const problem = problemOf(key)
  if (problem !== undefined) throw new PiccoloError('invalid-argument', `The key ${JSON.stringify(key.slice(0, 80))} ${problem}.`)
}

/**
 * What every store checks before it writes anything, so that all of them refuse the same things in the same words:
 * `invalid-argument` for no mutations, a key written twice or an unfit key; `too-large` beyond the limits.
 */
export function checkCommit(request: CommitRequest, capabilities: StoreCapabilities): void {
  if (request.mutations.length === 0) throw new PiccoloError('invalid-argument', 'A commit needs at least one mutation.')
  const written = new Set<string>()
  let totalBytes = 0
  for (const { key } of request.preconditions) checkKey(key)
  for (const mutation of request.mutations) {
    checkKey(mutation.key)
    if (written.has(mutation.key)) throw new PiccoloError('invalid-argument', `The commit writes ${mutation.key} twice.`)
    written.add(mutation.key)
    const valueBytes = mutation.type === 'put' ? mutation.value.byteLength : 0
    atMost(`size in bytes of the value of ${mutation.key}`, valueBytes, capabilities.maxValueBytes)
    totalBytes += encoder.encode(mutation.key).byteLength + valueBytes
  }
  atMost('number of operations in one commit', request.preconditions.length + request.mutations.length, capabilities.maxCommitOperations)
  atMost('size of one commit in bytes', totalBytes, capabilities.maxCommitBytes)
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function problemOf(key: string): string | undefined {
  if (key === '') return 'is empty'
  if (key.startsWith('/')) return 'begins with a slash'
  if (/\p{Surrogate}/u.test(key)) return 'is not valid Unicode'
  return encoder.encode(key).byteLength > maxKeyBytes ? `is longer than ${maxKeyBytes} bytes` : undefined
}

function atMost(what: string, actual: number, limit: number): void {
  if (actual <= limit) return
  throw new PiccoloError('too-large', `The ${what} is ${actual}; this store takes at most ${limit}. Make it smaller or split it.`, {
    details: { actual, limit },
  })
}
