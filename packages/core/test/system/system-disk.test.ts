import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Disk, PiccoloError } from '@piccolo/core/spi'
import { systemDisk } from '@piccolo/core/system'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { diskError } from '../../src/system/disk-error.js'

const never = new AbortController().signal
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
/** Volatile areas go where the test can remove them. */
const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'piccolo-test-'))
vi.stubEnv('XDG_RUNTIME_DIR', memory)
afterAll(() => {
  rmSync(memory, { recursive: true })
})

let directory: string
let disk: Disk

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'piccolo-disk-'))
  disk = systemDisk(directory)
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const textOf = async (path: string): Promise<string | undefined> => {
  const found = await disk.read(path, never)
  return found && new TextDecoder().decode(found)
}

test('keeps files private unless told otherwise, whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    await disk.replace('secret', bytes('a'), never)
    await disk.replace('public', bytes('a'), never, { mode: 0o644 })
    await disk.append('deep/log', bytes('a'), never)
  } finally {
    process.umask(before)
  }
  const modeOf = async (path: string): Promise<number> => (await stat(join(directory, path))).mode & 0o777
  expect([await modeOf('secret'), await modeOf('public'), await modeOf('deep/log'), await modeOf('deep')]).toEqual([0o600, 0o644, 0o600, 0o700])
})

test('concurrent writes to a path take effect in the order of the calls', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, number) => disk.replace('set', bytes(String(number)), never)))
  expect(await textOf('set')).toBe('19')
  await Promise.all(Array.from({ length: 10 }, (_, number) => disk.append('log', bytes(String(number)), never)))
  expect(await textOf('log')).toBe('0123456789')
})

test('removes what a killed writer left half-written, and leaves what another one is writing', async () => {
  const ended = spawnSync(process.execPath, ['--version']).pid
  const left = [`.piccolo-${ended}-aa-bb.tmp`, `.piccolo-${process.pid}-aa-bb.tmp`]
  const alive = `.piccolo-${process.ppid}-aa-bb.tmp`
  for (const name of [...left, alive]) await writeFile(join(directory, name), 'half')
  expect(await disk.list('', never)).toEqual([])
  await disk.replace('set', bytes('whole'), never)
  expect((await readdir(directory)).sort()).toEqual([alive, 'set'])
})

test('a failed replace leaves the old content and no leftovers', async () => {
  await mkdir(join(directory, 'folder'))
  await writeFile(join(directory, 'folder', 'inside'), '')
  await expect(disk.replace('folder', bytes('a'), never)).rejects.toMatchObject({ name: 'PiccoloError', message: expect.stringContaining(join(directory, 'folder')) as string })
  expect(await readdir(directory)).toEqual(['folder'])
})

test('says which path it could not use, why, and what to do', async () => {
  await disk.replace('file', bytes('a'), never)
  await expect(disk.replace('file/below', bytes('a'), never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('file') as string })
  await mkdir(join(directory, 'folder'))
  await expect(disk.read('folder', never)).rejects.toMatchObject({ code: 'failed-precondition' })
  await expect(disk.replace('x'.repeat(300), bytes('a'), never)).rejects.toMatchObject({ code: 'invalid-argument' })
})

describeWith({ root: true, linux: true }, 'a full disk', () => test('is resource-exhausted, names the path, and keeps the old content', async () => {
  const small = join(directory, 'small')
  await mkdir(small)
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status).toBe(0)
  try {
    const full = systemDisk(small)
    await full.replace('set', bytes('old'), never)
    const tooMuch = full.replace('set', new Uint8Array(200_000), never)
    await expect(tooMuch).rejects.toMatchObject({ code: 'resource-exhausted', retryable: true, details: { path: join(small, 'set') }, message: expect.stringMatching(/set.*space.*df -h/) as string })
    expect(new TextDecoder().decode(await full.read('set', never))).toBe('old')
    expect(await readdir(small)).toEqual(['set'])
    await expect(full.append('log', new Uint8Array(200_000), never)).rejects.toMatchObject({ code: 'resource-exhausted' })
  } finally {
    spawnSync('umount', [small])
  }
}))

test('what the system refuses is an error that says what to change', () => {
  const refused = (code: string): PiccoloError => diskError(Object.assign(new Error(code), { code }), 'write', '/data/agent/set')
  expect(refused('EACCES')).toMatchObject({ code: 'permission-denied', message: expect.stringContaining('Make /data/agent readable and writable') as string })
  expect(refused('EROFS')).toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('/data/agent') as string })
  expect(refused('EDQUOT')).toMatchObject({ code: 'resource-exhausted' })
  expect(refused('ECURIOUS')).toMatchObject({ code: 'internal', details: { path: '/data/agent/set', reason: 'ECURIOUS' } })
})

describe('watch', () => {
  const changes = (path: string): { readonly changed: ReturnType<typeof vi.fn>; readonly cancel: () => void } => {
    const changed = vi.fn()
    return { changed, cancel: disk.watch(path, changed) }
  }
  const heard = async ({ changed }: { readonly changed: ReturnType<typeof vi.fn> }): Promise<void> => {
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), { timeout: 5_000, interval: 5 })
    changed.mockClear()
  }

  test('sees a file that an editor renames over the old one, every time', async () => {
    await writeFile(join(directory, 'node.yaml'), '0')
    const watch = changes('node.yaml')
    for (const round of ['1', '2', '3']) {
      await writeFile(join(directory, '.node.yaml.swp'), round)
      await rename(join(directory, '.node.yaml.swp'), join(directory, 'node.yaml'))
      await heard(watch)
    }
    watch.cancel()
  })

  test('sees a file written in place, removed, and made again', async () => {
    const path = join(directory, 'node.yaml')
    await writeFile(path, '0')
    const watch = changes('node.yaml')
    await writeFile(path, '1')
    await heard(watch)
    await rm(path)
    await heard(watch)
    await writeFile(path, '2')
    await heard(watch)
    watch.cancel()
  })

  test('sees a file whose folders come to be later, go, and come back', async () => {
    const watch = changes('a/b/node.yaml')
    for (let round = 0; round < 2; round += 1) {
      await mkdir(join(directory, 'a/b'), { recursive: true })
      await writeFile(join(directory, 'a/b/node.yaml'), '1')
      await heard(watch)
      await rm(join(directory, 'a'), { recursive: true })
      await heard(watch)
    }
    watch.cancel()
  })

  test('sees a change of where the folder of a link points, as mounted configuration does it', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(directory, version))
      await writeFile(join(directory, version, 'node.yaml'), version)
    }
    await symlink('v1', join(directory, 'data'))
    await symlink('data/node.yaml', join(directory, 'node.yaml'))
    const watch = changes('node.yaml')
    await symlink('v2', join(directory, 'data-new'))
    await rename(join(directory, 'data-new'), join(directory, 'data'))
    await heard(watch)
    expect(await textOf('node.yaml')).toBe('v2')
    watch.cancel()
  })

  test('takes no notice of other files, nor of anything once it is cancelled', async () => {
    await writeFile(join(directory, 'node.yaml'), '0')
    const watch = changes('node.yaml')
    const other = changes('other')
    await writeFile(join(directory, 'other'), '1')
    await heard(other)
    expect(watch.changed).not.toHaveBeenCalled()
    watch.cancel()
    await writeFile(join(directory, 'node.yaml'), '1')
    await writeFile(join(directory, 'other'), '2')
    await heard(other)
    expect(watch.changed).not.toHaveBeenCalled()
    other.cancel()
  })
})

describe('volatile', () => {
  test('is another place for each directory, the same one for every way to name it, and out of sight', async () => {
    await disk.volatile.replace('lease', bytes('1'), never)
    expect(await disk.list('', never)).toEqual([])
    await symlink(directory, `${directory}-link`)
    const other = await mkdtemp(join(tmpdir(), 'piccolo-disk-'))
    try {
      const again = systemDisk(`${directory}-link`)
      expect(new TextDecoder().decode(await again.volatile.read('lease', never))).toBe('1')
      expect(await systemDisk(other).volatile.read('lease', never)).toBeUndefined()
    } finally {
      await rm(`${directory}-link`)
      await rm(other, { recursive: true })
    }
  })

  test('makes nothing before it is used', async () => {
    const absent = join(directory, 'absent')
    expect(systemDisk(absent).volatile.volatile).toBeDefined()
    await expect(readFile(absent)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
