import assert from 'node:assert/strict'
import type { Disk } from '@piccolo/core/spi'
import { textOf as decoded } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { DiskSubject } from './subject.js'

export type DiskCase = ConformanceCase<DiskSubject>

export async function textOf(disk: Disk, path: string): Promise<string | undefined> {
  const found = await disk.read(path, never)
  assert.ok(found === undefined || Object.getPrototypeOf(found) === Uint8Array.prototype, 'read answers a plain Uint8Array')
  return found && decoded(found)
}
