import assert from 'node:assert/strict'
import type { Disk } from '@piccolo/core/spi'
import { abortCases, type AbortRow } from '../kit/abort-cases.js'
import { bytes } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import { textOf, type DiskCase } from './disk-text.js'
import type { DiskSubject } from './subject.js'

const untouched = async (disk: Disk): Promise<void> => {
  assert.equal(await textOf(disk, 'file'), 'a')
  assert.deepEqual(await disk.list('', never), ['file'])
}

const rows: readonly AbortRow<Disk, DiskSubject>[] = [
  { method: 'read', call: (disk, signal) => disk.read('file', signal) },
  { method: 'list', call: (disk, signal) => disk.list('', signal) },
  { method: 'free', call: (disk, signal) => disk.free(signal) },
  { method: 'sync', call: (disk, signal) => disk.sync('file', signal) },
  { method: 'replace', call: (disk, signal) => disk.replace('file', bytes('b'), signal), untouched },
  { method: 'append', call: (disk, signal) => disk.append('file', bytes('b'), signal), untouched },
  { method: 'remove', call: (disk, signal) => disk.remove('file', signal), untouched },
]

async function enter(disk: Disk, run: (disk: Disk) => Promise<void>): Promise<void> {
  await disk.replace('file', bytes('a'), never)
  await run(disk)
}

/** What aborting does, method by method, in the disk and in its volatile area. */
export const diskAbortCases: readonly DiskCase[] = [
  ...abortCases<Disk, DiskSubject>({ prefix: 'disk', rows, enter: ({ disk }, run) => enter(disk, run) }),
  ...abortCases<Disk, DiskSubject>({ prefix: 'disk', rows: rows.map((row) => ({ ...row, method: `volatile-${row.method}` })), enter: ({ disk }, run) => enter(disk.volatile, run) }),
]
