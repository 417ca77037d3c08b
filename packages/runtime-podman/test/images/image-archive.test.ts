import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { busyboxImage, imageArchive } from '@piccolo/runtime-podman'
import { tarHeader } from '../../src/images/tar.js'

describe('an image archive', () => {
  let directory: string
  beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'pcl-image-')) })
  afterEach(async () => { await rm(directory, { recursive: true, force: true }) })
  const tar = (archive: string, ...args: string[]): string => execFileSync('tar', [...args, '-f', archive], { encoding: 'utf8' })

  test('holds a layer, its configuration by digest, and the name', async () => {
    const source = join(directory, 'program')
    await writeFile(source, 'x'.repeat(1_000), { mode: 0o755 })
    const destination = join(directory, 'image.tar')
    const made = await imageArchive({
      name: 'localhost/demo/web:1', destination, env: { PATH: '/bin' }, command: ['web'],
      files: [{ path: '/bin/web', source }, { path: '/bin/alias', link: 'web' }, { path: '/etc/page', content: 'größer' }], directories: ['/tmp'],
    })
    expect(made).toEqual({ path: destination, name: 'localhost/demo/web:1' })
    execFileSync('tar', ['-x', '-f', destination, '-C', directory])
    const [manifest] = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as [{ Config: string; RepoTags: string[]; Layers: string[] }]
    const config = await readFile(join(directory, manifest.Config))
    const layer = join(directory, 'layer.tar')
    expect(manifest).toMatchObject({ RepoTags: ['localhost/demo/web:1'], Layers: ['layer.tar'] })
    expect(manifest.Config).toBe(`${createHash('sha256').update(config).digest('hex')}.json`)
    expect(JSON.parse(config.toString())).toMatchObject({
      os: 'linux', config: { Env: ['PATH=/bin'], Cmd: ['web'] },
      rootfs: { diff_ids: [`sha256:${createHash('sha256').update(await readFile(layer)).digest('hex')}`] },
    })
    expect(tar(layer, '-tv').split('\n').map((entry) => entry.replace(/ +.* 1970-01-01 \d\d:\d\d /, ' '))).toEqual([
      'drwxrwxrwt tmp/', 'drwxr-xr-x bin/', '-rwxr-xr-x bin/web', 'lrwxrwxrwx bin/alias -> web', 'drwxr-xr-x etc/', '-rw-r--r-- etc/page', '',
    ])
  })

  test('is the same, byte for byte, from the same files', async () => {
    const write = async (name: string): Promise<Buffer> => {
      const destination = join(directory, name)
      await imageArchive({ name: 'localhost/demo/web:1', destination, files: [{ path: '/a', content: 'a' }] })
      return readFile(destination)
    }
    expect((await write('one')).equals(await write('two'))).toBe(true)
  })

  test.each([
    ['no tag', { name: 'localhost/demo/web', files: [] }, 'invalid-argument'],
    ['a path that is not absolute', { name: 'a:1', files: [{ path: 'bin/web', content: '' }] }, 'invalid-argument'],
    ['a path that leads out', { name: 'a:1', files: [{ path: '/../web', content: '' }] }, 'invalid-argument'],
    ['a source that is not there', { name: 'a:1', files: [{ path: '/web', source: '/nowhere/web' }] }, 'not-found'],
  ])('is refused for %s', async (_, options, code) => {
    await expect(imageArchive({ destination: join(directory, 'x.tar'), ...options })).rejects.toMatchObject({ code })
  })

  test('of busybox needs a static one', async () => {
    const busybox = join(directory, 'busybox')
    await writeFile(busybox, '#!/bin/sh\n')
    const options = { name: 'localhost/bb:1', destination: join(directory, 'bb.tar') }
    await expect(busyboxImage({ ...options, busybox })).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('busybox-static') })
    await expect(busyboxImage({ ...options, busybox: process.execPath })).rejects.toMatchObject({ code: 'failed-precondition' })
    await expect(busyboxImage({ ...options, busybox: join(directory, 'absent') })).rejects.toMatchObject({ code: 'failed-precondition' })
  })
})

test('a long path is split at a directory, and one that can\'t be is refused', () => {
  const header = tarHeader({ kind: 'file', path: `${'d/'.repeat(60)}name`, mode: 0o644, sizeBytes: 0 })
  expect(`${header.toString('utf8', 345, 500).replace(/\0.*/, '')}/${header.toString('utf8', 0, 100).replace(/\0.*/, '')}`).toBe(`${'d/'.repeat(60)}name`)
  expect(() => tarHeader({ kind: 'file', path: 'x'.repeat(101), mode: 0o644, sizeBytes: 0 })).toThrow(/too long/)
})
