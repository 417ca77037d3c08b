import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { daemon, temporaryFolder } from '../support/daemon.js'

const master = ['master', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0']
const etcd = ['--store', 'etcd', '--etcd-endpoints', 'https://127.0.0.1:1']

describe('piccolo master --store', () => {
  it.each([
    [['--store', 'paper'], /--store/],
    [['--store', 'etcd'], /--store etcd needs --etcd-endpoints/],
    [['--etcd-endpoints', 'https://127.0.0.1:2379'], /--etcd-endpoints goes with --store etcd/],
    [['--etcd-password-file', '/nowhere'], /--etcd-password-file goes with --store etcd/],
    [['--store', 'etcd', '--etcd-endpoints', '127.0.0.1:2379'], /https:\/\/host:port/],
    [[...etcd, '--etcd-cert', '/nowhere'], /--etcd-cert and --etcd-key go together/],
    [[...etcd, '--etcd-user', 'master'], /--etcd-user and --etcd-password-file go together/],
    [[...etcd, '--etcd-prefix', '/piccolo'], /prefix/],
  ])('%j is refused before anything is written', async (args, message) => {
    await using home = await temporaryFolder()
    const run = daemon([...master, ...args], { home: home.path })
    expect(await run.ended).toBe(2)
    expect(run.err()).toMatch(message)
    expect(await readdir(home.path)).toEqual([])
  })

  it('names the option and the file that can not be read', async () => {
    await using home = await temporaryFolder()
    const path = join(home.path, 'ca.pem')
    const run = daemon([...master, ...etcd, '--etcd-ca', path], { home: home.path })
    expect(await run.ended).toBe(6)
    expect(run.err()).toMatch(`--etcd-ca: cannot read ${path}: no such file or directory`)
  })

  it('ends with 5 when etcd can not be reached, so that a service manager tries again, and never shows the password', async () => {
    await using home = await temporaryFolder()
    const secret = join(home.path, 'secret')
    await mkdir(secret)
    await writeFile(join(secret, 'password'), 'swordfish\n')
    const credentials = ['--etcd-user', 'master', '--etcd-password-file', join(secret, 'password')]
    const run = daemon([...master, ...etcd, ...credentials], { home: home.path })
    expect(await run.ended).toBe(5)
    expect(run.err()).toMatch(/etcd at 127\.0\.0\.1:1 can't be reached: .*ECONNREFUSED/)
    expect(run.err()).not.toContain('swordfish')
  })
})
