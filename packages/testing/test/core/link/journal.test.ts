import type { JournalEntry } from '@piccolo/core/spi'
import { systemDigest } from '@piccolo/core/system'
import { manualClock, memoryDisk, seededRandom, type MemoryDisk } from '@piccolo/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DiskJournal } from '../../../../core/src/agent/state/disk-journal.js'
import { comparePositions, Journal, type JournalBounds, type JournalEvent } from '../../../../core/src/link/index.js'

const signal = new AbortController().signal
const roomy: JournalBounds = { maxEntries: 1_000, maxBytes: 2 ** 20 }
const severities = ['debug', 'info', 'warning', 'critical'] as const
const event = (severity: JournalEvent['severity'], message = 'm'): JournalEvent => ({ severity, type: 'happened', subject: 'node', message })

/** One life of an agent over a disk, as far as its journal goes. */
async function open(disk: MemoryDisk, incarnation: number, bounds = roomy, clock = manualClock()): Promise<Journal> {
  const storage = new DiskJournal(disk, systemDigest)
  const earlier = await storage.load(signal)
  return new Journal({ storage, clock, incarnation, earlier, bounds, onRecorded: () => undefined })
}

function drain(journal: Journal): JournalEntry[] {
  const reader = journal.reader()
  const entries: JournalEntry[] = []
  for (let report = reader.next(); report !== undefined; report = reader.next()) entries.push(...report.entries)
  return entries
}

const fieldsOf = (entry: JournalEntry) => entry.fields as Readonly<Record<'fromSeq' | 'toSeq' | 'count', number>>

describe('the journal', () => {
  test('keeps every entry over restarts until it is acknowledged, in order', async () => {
    const disk = memoryDisk()
    for (let life = 1; life <= 3; life += 1) {
      const journal = await open(disk, life)
      journal.record(event('info'))
      journal.record(event('warning'))
      await journal.flush()
    }
    const journal = await open(disk, 4)
    const entries = drain(journal)
    expect(entries.map(({ position }) => [position.incarnation, position.seq])).toEqual([[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2]])
    expect(journal.outline()).toEqual({
      oldest: { incarnation: 1, seq: 1 }, next: { incarnation: 4, seq: 1 },
      lastSeqs: [{ incarnation: 1, seq: 2 }, { incarnation: 2, seq: 2 }, { incarnation: 3, seq: 2 }],
    })
    journal.acknowledge({ incarnation: 2, seq: 1 })
    await journal.flush()
    expect(drain(await open(disk, 5)).map(({ position }) => position.incarnation)).toEqual([2, 2, 3, 3])
  })

  test('a critical entry survives a power cut at once, and a torn tail costs nothing before it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...severities), { minLength: 1, maxLength: 30 }), fc.nat(), async (kinds, seed) => {
      const disk = memoryDisk({ random: seededRandom(seed) })
      const journal = await open(disk, 1)
      for (const [index, severity] of kinds.entries()) journal.record(event(severity, `${index}`))
      await journal.flush()
      disk.crash()
      const found = drain(await open(disk, 2))
      expect(found.map(({ message }) => message)).toEqual(kinds.map((_, index) => `${index}`).slice(0, found.length))
      expect(found.length).toBeGreaterThan(kinds.lastIndexOf('critical'))
    }), { numRuns: 100 })
  })

  test('what could not be written for want of space is written when there is room, without a torn line in between', async () => {
    const disk = memoryDisk()
    const journal = await open(disk, 1)
    journal.record(event('critical', 'first'))
    await journal.flush()
    disk.totalBytes = disk.totalBytes - (await disk.free(signal)).freeBytes + 20
    journal.record(event('critical', 'second'))
    await journal.flush()
    expect(journal.trouble).toMatch(/space/)
    disk.totalBytes = 2 ** 20
    journal.record(event('critical', 'third'))
    await journal.flush()
    expect(journal.trouble).toBeUndefined()
    disk.crash()
    expect(drain(await open(disk, 2)).map(({ message }) => message)).toEqual(['first', 'second', 'third'])
  })

  test('what could not be written is written when there is room, though nothing else happens, and a stop leaves no attempt behind', async () => {
    const disk = memoryDisk()
    const clock = manualClock()
    const journal = await open(disk, 1, roomy, clock)
    const roomBytes = disk.totalBytes
    disk.totalBytes = 1
    journal.record(event('critical', 'first'))
    await clock.advance(600_000)
    expect(journal.trouble).toMatch(/space/)
    disk.totalBytes = roomBytes
    await clock.advance(60_000)
    expect(journal.trouble).toBeUndefined()
    disk.crash()
    expect(drain(await open(disk, 2)).map(({ message }) => message)).toEqual(['first'])
    disk.totalBytes = 1
    journal.record(event('critical', 'second'))
    await journal.flush()
    await journal.close()
    expect(clock.pending).toBe(0)
  })

  test('hands out no more than a window ahead of the acknowledgements', async () => {
    const journal = await open(memoryDisk(), 1)
    for (let count = 0; count < 600; count += 1) journal.record(event('info'))
    const reader = journal.reader()
    const taken: JournalEntry[] = []
    for (let report = reader.next(); report !== undefined; report = reader.next()) taken.push(...report.entries)
    expect(taken).toHaveLength(512)
    journal.acknowledge({ incarnation: 1, seq: 64 })
    expect(reader.next()?.entries[0]?.position.seq).toBe(513)
  })

  test('removes files that hold nothing unacknowledged', async () => {
    const disk = memoryDisk()
    const journal = await open(disk, 1)
    for (let count = 0; count < 400; count += 1) {
      journal.record(event('info', 'x'.repeat(500)))
      await journal.flush()
    }
    const before = (await disk.list('journal', signal)).length
    expect(before).toBeGreaterThan(2)
    journal.acknowledge({ incarnation: 1, seq: 400 })
    await journal.flush()
    expect((await disk.list('journal', signal)).length).toBeLessThanOrEqual(1)
  })
})

describe('A9: a journal that is too small', () => {
  const small: JournalBounds = { maxEntries: 40, maxBytes: 2 ** 20 }

  test('drops the least important first, keeps every critical one, and counts exactly what went', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('debug', 'info', 'info', 'warning', 'critical'), { maxLength: 150 }), fc.nat(), async (kinds, seed) => {
      // Criticals alone must fit, or even they could not all stay.
      fc.pre(kinds.filter((kind) => kind === 'critical').length < 30)
      const disk = memoryDisk({ random: seededRandom(seed) })
      const journal = await open(disk, 1, small)
      for (const [index, severity] of kinds.entries()) journal.record(event(severity, `${index}`))
      await journal.flush()
      const kept = drain(journal)
      expect(kept.length).toBeLessThanOrEqual(40)
      const told = kept.filter(({ type }) => type !== 'dropped')
      const gone = kinds.length - told.length
      expect(told.filter(({ severity }) => severity === 'critical')).toHaveLength(kinds.filter((kind) => kind === 'critical').length)
      expect(kept.filter(({ type }) => type === 'dropped').reduce((sum, entry) => sum + fieldsOf(entry).count, 0)).toBe(gone)
      expect(kept.filter(({ type }) => type === 'dropped').length).toBe(gone === 0 ? 0 : 1)
      expect([...kept].sort((a, b) => comparePositions(a.position, b.position))).toEqual(kept)
    }), { numRuns: 100 })
  })

  test('a loss that was told already is not told again with the next one', async () => {
    const journal = await open(memoryDisk(), 1, small)
    for (let count = 0; count < 50; count += 1) journal.record(event('info'))
    const [first] = drain(journal).filter(({ type }) => type === 'dropped')
    for (let count = 0; count < 50; count += 1) journal.record(event('info'))
    const losses = drain(journal).filter(({ type }) => type === 'dropped')
    expect(losses[0]).toEqual(first)
    const infos = drain(journal).filter(({ type }) => type !== 'dropped').length
    expect(losses.reduce((sum, entry) => sum + fieldsOf(entry).count, 0)).toBe(100 - infos)
  })

  test('a power cut while dropping leaves either all of it or what stayed with an exact count', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat(), async (cut, seed) => {
      const disk = memoryDisk({ random: seededRandom(seed) })
      const journal = await open(disk, 1, small)
      for (let count = 0; count < 40; count += 1) journal.record(event('info', `${count}`))
      journal.record(event('critical', 'last before'))
      disk.cutPowerAfter(cut)
      await journal.flush()
      disk.crash()
      const found = drain(await open(disk, 2))
      const told = found.filter(({ type }) => type !== 'dropped')
      const dropped = found.filter(({ type }) => type === 'dropped').reduce((sum, entry) => sum + fieldsOf(entry).count, 0)
      if (dropped > 0) expect(told.length + dropped).toBe(41)
      expect(new Set(told.map(({ message }) => message)).size).toBe(told.length)
    }), { numRuns: 60 })
  })
})
