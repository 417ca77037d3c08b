import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { StoreEntry } from '@piccolo/core/spi'
import { seededRandom } from '@piccolo/testing'
import { made, never, opened, temporaryDirectory } from './support/directory.js'
import { builtWriter, WriterProcess } from './support/writer-process.js'

describe('embeddedStore', () => {
  test('after kill -9 of the writing process, 20 times, every acknowledged commit is there, none by half, and no revision came twice', async () => {
    const program = await builtWriter(await temporaryDirectory())
    const directory = await temporaryDirectory()
    const random = seededRandom(20)
    const acknowledged = new Map<string, bigint>()
    for (let round = 0; round < 20; round += 1) {
      const writer = new WriterProcess(program, [directory, String(round)])
      await writer.writes()
      await sleep(random.next() * 100)
      await writer.kill()
      for (const [name, revision] of writer.acknowledged) acknowledged.set(name, revision)

      const store = made({ directory, history: { commits: 50 } })
      await store.open(never)
      const left = await everything(store, 'left/')
      const right = await everything(store, 'right/')
      await store.close()
      expect([...left.keys()]).toEqual([...right.keys()])
      for (const [name, entry] of left) {
        expect(entry.modRevision).toBe(right.get(name)?.modRevision)
        expect(new TextDecoder().decode(entry.value)).toBe(name.repeat(50))
      }
      for (const [name, revision] of acknowledged) expect(left.get(name)?.modRevision).toBe(revision)
      expect(new Set([...left.values()].map(({ modRevision }) => modRevision)).size).toBe(left.size)
    }
    expect(acknowledged.size).toBeGreaterThan(100)
  })

  test('a second process is refused with the directory and what to do, until the first is dead', async () => {
    const program = await builtWriter(await temporaryDirectory())
    const directory = await temporaryDirectory()
    const writer = new WriterProcess(program, [directory, '0'])
    try {
      await writer.writes()
      await expect(opened({ directory })).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining(directory) as string })
    } finally {
      await writer.kill()
    }
    const store = await opened({ directory })
    expect((await store.list('', {}, never)).entries.length).toBeGreaterThan(0)
  })
})

async function everything(store: ReturnType<typeof made>, prefix: string): Promise<ReadonlyMap<string, StoreEntry>> {
  const found = new Map<string, StoreEntry>()
  for (let more = true, start = prefix; more; ) {
    const page = await store.list(prefix, { start }, never)
    for (const entry of page.entries) found.set(entry.key.slice(prefix.length), entry)
    more = page.more
    start = `${page.entries.at(-1)?.key ?? ''}\0`
  }
  return found
}
