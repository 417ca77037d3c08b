import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { StateStore } from '@piccolo/core/spi'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { never, opened, put, temporaryDirectory, write } from './support/directory.js'

describeWith({ root: true, linux: true }, 'embeddedStore on a disk that fills up', () => {
  test('a write that fails half-way is told, reading goes on, and once there is space it is there whole or not at all', async () => {
    const { directory, store, ballast } = await smallDisk()
    await write(store, put('before'))
    await writeFile(ballast, new Uint8Array(29 * 1024 * 1024))
    const large = Array.from({ length: 7 }, (_, index) => put(`large/${index}`, new Uint8Array(1024 * 1024).fill(index + 1)))
    await expect(write(store, ...large)).rejects.toMatchObject({ code: 'resource-exhausted' })
    expect(await store.get('before', never)).toBeDefined()

    await rm(ballast)
    const revision = await write(store, put('after'))
    expect((await store.list('large/', {}, never)).entries.length % large.length).toBe(0)
    const watched: bigint[] = []
    for await (const batch of store.watch('', { after: 0n }, never)) {
      watched.push(batch.revision)
      if (batch.revision === revision) break
    }
    expect(watched).toEqual(watched.map((_, index) => BigInt(index + 1)))
    await store.close()
    expect((await (await opened({ directory })).list('', { limit: 1 }, never)).revision).toBe(revision)
  })

  test('refuses to write with a clear error, goes on reading, loses nothing, and writes again once there is space', async () => {
    const { directory, store, ballast } = await smallDisk()
    await write(store, put('before'))
    await writeFile(ballast, new Uint8Array(33 * 1024 * 1024))

    await expect(write(store, put('during'))).rejects.toMatchObject({ code: 'resource-exhausted', message: expect.stringContaining(directory) as string })
    expect(await store.get('before', never)).toBeDefined()
    expect(await store.get('during', never)).toBeUndefined()

    await rm(ballast)
    const revision = await write(store, put('after'))
    await store.close()
    const again = await opened({ directory })
    expect((await again.list('', {}, never)).entries.map(({ key }) => key)).toEqual(['after', 'before'])
    expect((await again.list('', {}, never)).revision).toBe(revision)
  })
})

/** A store on a disk of 40 MiB, and a file to fill that disk with. */
async function smallDisk(): Promise<{ readonly directory: string; readonly store: StateStore; readonly ballast: string }> {
  const disk = await temporaryDirectory()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', disk])
  })
  const directory = join(disk, 'store')
  return { directory, store: await opened({ directory }), ballast: join(disk, 'ballast') }
}
