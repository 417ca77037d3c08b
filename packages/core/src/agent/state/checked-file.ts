import { PiccoloError } from '../../errors/index.js'
import type { Digest } from '../../spi/index.js'

/** JSON behind a line with its checksum: what was torn or rotted is told from what was written. */
export function encodeChecked(body: unknown, digest: Digest): Uint8Array {
  const text = JSON.stringify(body)
  return new TextEncoder().encode(`${digest.sha256(text)}\n${text}\n`)
}

/** The JSON of a checked file; `corrupt` when the checksum does not fit. */
export function decodeChecked(bytes: Uint8Array, digest: Digest): unknown {
  const [checksum, text] = new TextDecoder().decode(bytes).split('\n')
  if (text === undefined || digest.sha256(text) !== checksum) throw new PiccoloError('corrupt', 'The checksum does not fit.')
  return JSON.parse(text)
}

/** Guards for what a checked file holds: written by us, perhaps by another version of us. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new PiccoloError('corrupt', 'An object was expected.')
}

export function asText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new PiccoloError('corrupt', 'A text was expected.')
}

export function asCount(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new PiccoloError('corrupt', 'A whole number was expected.')
}

export function asBigInt(value: unknown): bigint {
  const text = asText(value)
  if (/^\d{1,20}$/.test(text)) return BigInt(text)
  throw new PiccoloError('corrupt', 'A revision was expected.')
}

/** Refuses what a later, incompatible version wrote. */
export function checkFormat(record: Readonly<Record<string, unknown>>, newest: number): void {
  if (asCount(record['format']) > newest) throw new PiccoloError('corrupt', 'The file was written by a newer version.')
}
