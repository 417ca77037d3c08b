import { describe, expect, test } from 'vitest'
import { resolveOptions } from '../src/options.js'

describe('options', () => {
  test('default to the user\'s own Podman', () => {
    expect(resolveOptions({}, { uid: 0 })).toMatchObject({
      binary: 'podman', globalArguments: [], environment: {}, socketDirectory: '/run/piccolo', serviceIdleSeconds: 5, temporaryDirectories: ['/run/libpod'],
    })
    expect(resolveOptions({}, { uid: 1000, runtimeDirectory: '/run/user/1000' })).toMatchObject({
      socketDirectory: '/run/user/1000/piccolo', temporaryDirectories: ['/run/user/1000/libpod/tmp'],
    })
  })

  test('give an instance of its own its directories and files in every call', () => {
    const directories = { root: '/d/root', runroot: '/d/run', tmpdir: '/d/tmp' }
    expect(resolveOptions({ directories, containersConf: '/d/c', storageConf: '/d/s' }, { uid: 0 })).toMatchObject({
      globalArguments: ['--root', '/d/root', '--runroot', '/d/run', '--tmpdir', '/d/tmp'],
      environment: { CONTAINERS_CONF: '/d/c', CONTAINERS_STORAGE_CONF: '/d/s' },
      socketDirectory: '/d/tmp/piccolo', temporaryDirectories: ['/d/tmp'],
    })
  })

  test('keep the service long enough for its margin', () => {
    expect(resolveOptions({ serviceIdleSeconds: 0.5 }, { uid: 0 }).serviceIdleSeconds).toBe(2)
  })
})
