import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diskSuite, registerSuite } from '@piccolo/conformance'
import { memoryDisk, seededRandom, type MemoryDisk } from '@piccolo/testing'

const never = new AbortController().signal
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = async (disk: MemoryDisk, path: string): Promise<string | undefined> => {
  const found = await disk.read(path, never)
  return found && new TextDecoder().decode(found)
}

describe('memoryDisk', () => {
  registerSuite(diskSuite, test, async () => {
    const disk = memoryDisk()
    const fill = async () => {
      disk.totalBytes = 0
      return async () => { disk.totalBytes = 2 ** 20 }
    }
    return { subject: { disk, fill, restarted: () => disk, crash: async () => disk.crash() }, dispose: async () => undefined }
  })

  test('loses something to most crashes, never what was synced, and the same for the same seed', async () => {
    const crashed = async (seed: number): Promise<string> => {
      const disk = memoryDisk({ random: seededRandom(seed) })
      await disk.append('log', bytes('synced|'), never)
      await disk.sync('log', never)
      await disk.append('log', bytes('unsynced'), never)
      disk.crash()
      return (await textOf(disk, 'log')) ?? ''
    }
    const outcomes = new Set<string>()
    await fc.assert(fc.asyncProperty(fc.nat(), async (seed) => {
      const kept = await crashed(seed)
      outcomes.add(kept)
      expect('synced|unsynced'.startsWith(kept) && kept.startsWith('synced|')).toBe(true)
      expect(await crashed(seed)).toBe(kept)
    }))
    expect(outcomes.size).toBeGreaterThan(3)
  })

  test('may undo a removal that was not synced, and no other', async () => {
    const crashed = async (seed: number, syncs: boolean): Promise<string | undefined> => {
      const disk = memoryDisk({ random: seededRandom(seed) })
      await disk.replace('folder/file', bytes('old'), never)
      await disk.remove('folder/file', never)
      if (syncs) await disk.sync('folder', never)
      disk.crash()
      return await textOf(disk, 'folder/file')
    }
    const seeds = Array.from({ length: 30 }, (_, seed) => seed)
    expect(new Set(await Promise.all(seeds.map((seed) => crashed(seed, false))))).toEqual(new Set([undefined, 'old']))
    expect(new Set(await Promise.all(seeds.map((seed) => crashed(seed, true))))).toEqual(new Set([undefined]))
  })

  test('power cut after every change in turn leaves the old content or the new one', async () => {
    for (let changes = 0; changes <= 3; changes += 1) {
      const disk = memoryDisk()
      await disk.replace('set', bytes('old'), never)
      const before = disk.changes
      disk.cutPowerAfter(changes)
      const update = async (): Promise<void> => {
        await disk.append('item', bytes('content'), never)
        await disk.sync('item', never)
        await disk.replace('set', bytes('new'), never)
      }
      if (changes === 3) await update()
      else await expect(update()).rejects.toMatchObject({ code: 'unavailable' })
      await expect(disk.read('set', never)).rejects.toMatchObject({ code: 'unavailable' })
      expect(disk.changes - before).toBe(changes)
      disk.crash()
      expect(await textOf(disk, 'set')).toBe(changes === 3 ? 'new' : 'old')
      if (changes >= 2) expect(await textOf(disk, 'item')).toBe('content')
    }
  })

  test('a full disk refuses a replace whole and cuts an append short', async () => {
    const disk = memoryDisk({ totalBytes: 10 })
    await disk.replace('set', bytes('12345'), never)
    await expect(disk.replace('set', bytes('12345678901'), never)).rejects.toMatchObject({ code: 'resource-exhausted' })
    await expect(disk.append('log', bytes('1234567'), never)).rejects.toMatchObject({ code: 'resource-exhausted' })
    expect([await textOf(disk, 'set'), await textOf(disk, 'log')]).toEqual(['12345', '12345'])
    expect(await disk.free(never)).toEqual({ freeBytes: 0, totalBytes: 10 })
    disk.totalBytes = 100
    await disk.replace('set', bytes('12345678901'), never)
    expect(await disk.free(never)).toEqual({ freeBytes: 84, totalBytes: 100 })
  })
})
