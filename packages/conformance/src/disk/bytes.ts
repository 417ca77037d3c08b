import assert from 'node:assert/strict'
import type { Disk } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import type { DiskSubject } from './subject.js'

export type DiskCase = ConformanceCase<DiskSubject>

/** A signal for calls that a case never aborts. */
export const never: AbortSignal = new AbortController().signal

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export async function textOf(disk: Disk, path: string): Promise<string | undefined> {
  const found = await disk.read(path, never)
  assert.ok(found === undefined || Object.getPrototypeOf(found) === Uint8Array.prototype, 'read answers a plain Uint8Array')
  return found && new TextDecoder().decode(found)
}
