import type { Revision } from '@piccolo/core/spi'

/**
 * Where things are in the database. One batch per group of commits writes all of them:
 *
 *     c<key>            the current entry under a key
 *     h<revision>       a commit: each change with what was there before
 *     s<revision>       its size, so that the history can be measured without being read
 *     meta              format, last revision, revision up to which history was dropped
 */
export const metaKey = Buffer.from('meta')

export function currentKey(key: string): Buffer {
  return Buffer.from(`c${key}`)
}

export function keyOfCurrent(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', 1)
}

export function historyKey(revision: Revision): Buffer {
  return numbered('h', revision)
}

export function sizeKey(revision: Revision): Buffer {
  return numbered('s', revision)
}

export function revisionOf(key: Uint8Array): Revision {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readBigUInt64BE(1)
}

/** Above every key that begins with this one: no UTF-8 text contains the byte 255. */
export function endOf(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(255)])
}

export const historyEnd = Buffer.from('i')
export const sizeEnd = Buffer.from('t')

function numbered(letter: string, revision: Revision): Buffer {
  const key = Buffer.alloc(9, letter)
  key.writeBigUInt64BE(revision, 1)
  return key
}
