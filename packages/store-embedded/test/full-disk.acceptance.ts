import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { never, opened, put, temporaryDirectory, write } from './support/directory.js'

describeWith({ root: true, linux: true }, 'embeddedStore on a disk that fills up', () => {
  test('refuses to write with a clear error, goes on reading, loses nothing, and writes again once there is space', async () => {
    const disk = await temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk])
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', disk])
    })
    const directory = join(disk, 'store')
    const store = await opened({ directory })
    await write(store, put('before'))
    const ballast = join(disk, 'ballast')
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
