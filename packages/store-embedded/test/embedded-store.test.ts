import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { made, never, opened, put, temporaryDirectory, write } from './support/directory.js'

/** Name, size and time of change of every file. */
async function footprint(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory)
  return Promise.all(names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(directory, name))
    return `${name} ${size} ${mtimeMs}`
  }))
}

async function damage(directory: string, name: (file: string) => boolean, change: (bytes: Buffer) => Buffer): Promise<void> {
  const files = (await readdir(directory)).filter(name)
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) await writeFile(join(directory, file), change(await readFile(join(directory, file))))
}

describe('embeddedStore', () => {
  test('makes its directory, parents too, readable by nobody else', async () => {
    const directory = join(await temporaryDirectory(), 'a', 'b')
    await opened({ directory })
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  test('closes a directory that others could read', async () => {
    const directory = await temporaryDirectory()
    await chmod(directory, 0o755)
    await opened({ directory })
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  test('leaves a directory alone that holds other things', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'letters.txt'), 'private')
    await expect(made({ directory }).open(never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('letters.txt') as string })
    expect(await readdir(directory)).toEqual(['letters.txt'])
  })

  test('names a path that is not a directory', async () => {
    const directory = join(await temporaryDirectory(), 'file')
    await writeFile(directory, '')
    await expect(made({ directory }).open(never)).rejects.toMatchObject({ message: expect.stringContaining(directory) as string })
  })

  test('writes nothing while nothing is committed, however much is read', async () => {
    const directory = await temporaryDirectory()
    const store = await opened({ directory })
    const revision = await write(store, put('a'))
    const before = await footprint(directory)
    for (let round = 0; round < 50; round += 1) {
      await store.get('a', never)
      await store.list('', { revision }, never)
    }
    await store.commit({ preconditions: [{ key: 'a', modRevision: 0n }], mutations: [put('a')] }, never)
    await store.commit({ preconditions: [], mutations: [{ type: 'delete', key: 'none' }] }, never)
    expect(await footprint(directory)).toEqual(before)
  })

  test('reads a past revision and resumes a watch from the disk after a restart', async () => {
    const directory = await temporaryDirectory()
    const first = await opened({ directory })
    for (let index = 0; index < 200; index += 1) await write(first, put('a', String(index)))
    await first.close()
    const store = await opened({ directory })
    expect(new TextDecoder().decode((await store.list('', { revision: 10n }, never)).entries[0]?.value)).toBe('9')
    const seen: bigint[] = []
    for await (const { revision } of store.watch('', { after: 3n }, never)) {
      seen.push(revision)
      if (revision === 200n) break
    }
    expect(seen).toEqual(Array.from({ length: 197 }, (_, index) => BigInt(index + 4)))
  })

  test('history is bounded in commits and in bytes, also over restarts', async () => {
    const directory = await temporaryDirectory()
    const history = { commits: 20, bytes: 50_000 }
    for (let round = 0; round < 3; round += 1) {
      const store = await opened({ directory, history })
      for (let index = 0; index < 10; index += 1) await write(store, put('a', new Uint8Array(10)))
      await store.close()
    }
    const store = await opened({ directory, history })
    await expect(store.list('', { revision: 9n }, never)).rejects.toMatchObject({ code: 'compacted' })
    expect((await store.list('', { revision: 10n }, never)).entries).toHaveLength(1)
    // Each of these is kept twice: as what was written, and as what the next one replaced.
    for (let index = 0; index < 4; index += 1) await write(store, put('a', new Uint8Array(10_000)))
    await expect(store.list('', { revision: 30n }, never)).rejects.toMatchObject({ code: 'compacted' })
    expect((await store.list('', { revision: 32n }, never)).entries[0]?.modRevision).toBe(32n)
  })

  test('commits made at once share syncs and still are commits of their own, in the order they were asked for', async () => {
    const store = await opened({ directory: await temporaryDirectory() })
    const revisions = await Promise.all(Array.from({ length: 300 }, (_, index) => write(store, put('a', String(index)))))
    expect(revisions).toEqual(revisions.map((_, index) => BigInt(index + 1)))
    expect((await store.list('', { revision: 150n }, never)).entries[0]?.modRevision).toBe(150n)
  })

  test('a page ends before it gets too heavy', async () => {
    const store = await opened({ directory: await temporaryDirectory() })
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await write(store, put(key, new Uint8Array(1024 * 1024)))
    const first = await store.list('', {}, never)
    expect(first.entries).toHaveLength(4)
    expect(first.more).toBe(true)
    expect((await store.list('', { start: 'd\0' }, never)).more).toBe(false)
  })

  test('a waiting commit can be withdrawn; a full queue says so', async () => {
    const store = await opened({ directory: await temporaryDirectory() })
    const abort = new AbortController()
    const running = write(store, put('first'))
    const withdrawn = expect(store.commit({ preconditions: [], mutations: [put('withdrawn')] }, abort.signal)).rejects.toMatchObject({ code: 'aborted' })
    abort.abort()
    await withdrawn
    await running
    expect(await store.get('withdrawn', never)).toBeUndefined()
    const flood = await Promise.allSettled(Array.from({ length: 1_200 }, (_, index) => write(store, put(`k${index}`))))
    const refusals = flood.filter((result) => result.status === 'rejected')
    expect(refusals.length).toBeGreaterThan(0)
    for (const { reason } of refusals) expect(reason).toMatchObject({ code: 'resource-exhausted' })
    expect((await store.list('', { limit: 1 }, never)).revision).toBe(BigInt(1 + flood.length - refusals.length))
  })

  test('closing lets what is being written finish and refuses what waits', async () => {
    const directory = await temporaryDirectory()
    const store = await opened({ directory })
    const outcomes = Promise.allSettled(Array.from({ length: 200 }, (_, index) => write(store, put(`k${index}`))))
    await store.close()
    const written = (await outcomes).filter(({ status }) => status === 'fulfilled').length
    const again = await opened({ directory })
    expect((await again.list('', { limit: 1 }, never)).revision).toBe(BigInt(written))
  })
})

describe('embeddedStore over damaged files', () => {
  const fill = async (directory: string): Promise<void> => {
    const store = await opened({ directory })
    for (let index = 0; index < 100; index += 1) await write(store, put(`k${index}`, `value-${index}-`.repeat(60)))
    await store.close()
  }

  test.each(['CURRENT', 'MANIFEST'])('a lost %s is told as corrupt, with what to do, and nothing is begun anew beside the data', async (kind) => {
    const directory = await temporaryDirectory()
    await fill(directory)
    for (const name of await readdir(directory)) if (name.startsWith(kind)) await rm(join(directory, name))
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(made({ directory }).open(never)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringMatching(/Restore the directory from a backup/) as string,
      })
    }
  })

  test('bytes changed in the middle are never served as data', async () => {
    const directory = await temporaryDirectory()
    await fill(directory)
    const store = await opened({ directory }) // reading the log back turns it into a table
    await store.close()
    await damage(directory, (file) => /\.(log|ldb)$/.test(file), (bytes) => {
      for (let offset = 100; offset < bytes.length - 100; offset += 97) bytes[offset] = (bytes[offset] ?? 0) ^ 0xff
      return bytes
    })
    const read = async (): Promise<unknown> => {
      const again = made({ directory })
      try {
        await again.open(never)
        return await again.list('', {}, never)
      } finally {
        await again.close()
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('a hole in the log, from which LevelDB would quietly go on, is told as corrupt', async () => {
    const directory = await temporaryDirectory()
    await fill(directory)
    await damage(directory, (file) => file.endsWith('.log'), (bytes) => {
      expect(bytes.length).toBeGreaterThan(100_000) // several blocks: those behind the damage stay readable
      return bytes.fill(0xee, 40_000, 40_064)
    })
    await expect(made({ directory }).open(never)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('an empty folder inside is not taken for damage', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'lost+found'))
    const store = await opened({ directory })
    expect(await write(store, put('a'))).toBe(1n)
  })
})
