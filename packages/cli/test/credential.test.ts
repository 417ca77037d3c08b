import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeAuthority, rollAuthority } from '@piccolo/auth-x509'
import { keepAdminCredential } from '../src/daemon/admin-credential.js'
import { credentialPath } from '../src/credential/places.js'
import { defaultPlaces, readCredential, writeCredential } from '../src/index.js'
import { foundAuthority } from './support/authority.js'
import { credential, piccolo } from './support/cli.js'
import { nowMs } from './support/fake-client.js'

const { signal } = new AbortController()

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'piccolo-credential-')) })
afterEach(async () => { await rm(folder, { recursive: true }) })

describe('the credential file', () => {
  it('comes back as it was written, for nobody else to read, and leaves nothing beside it', async () => {
    const path = join(folder, 'deep', 'down', 'admin.json')
    await writeCredential(path, credential)
    await writeCredential(path, { ...credential, token: 'newer' })
    expect(await readCredential(path)).toEqual({ ...credential, token: 'newer' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(folder, 'deep', 'down'))).toEqual(['admin.json'])
  })

  it('with a client certificate comes back as well', async () => {
    const path = join(folder, 'robot.json')
    const robot = { address: 'https://127.0.0.1:47099', caPem: 'CA', certificatePem: 'CERTIFICATE', privateKeyPem: 'KEY' }
    await writeCredential(path, robot)
    expect(await readCredential(path)).toEqual(robot)
  })

  it.each(['', '{', '[]', 'null', '{"address":"https://x","caPem":"y"}', '{"address":1,"caPem":"y","token":"z"}', '{"address":"https://x","caPem":"y","certificatePem":"z"}'])('%j is refused as no credential', async (text) => {
    await writeFile(join(folder, 'admin.json'), text)
    await expect(readCredential(join(folder, 'admin.json'))).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('admin.json') as string })
  })

  it('is looked for by option, environment, then the default place', () => {
    const user = { root: false, home: '/home/a' }
    expect(credentialPath({ user, environment: { PICCOLO_CREDENTIAL: '/b' } }, '/c')).toBe('/c')
    expect(credentialPath({ user, environment: { PICCOLO_CREDENTIAL: '/b' } }, undefined)).toBe('/b')
    expect(credentialPath({ user, environment: { PICCOLO_CREDENTIAL: '' } }, undefined)).toBe('/home/a/.config/piccolo/admin.json')
  })

  it('default places are the system\'s for root and the XDG directories for others', () => {
    expect(defaultPlaces({ user: { root: true, home: '/root' }, environment: { XDG_CONFIG_HOME: '/x' } })).toEqual({
      credential: '/etc/piccolo/admin.json', nodeList: '/etc/piccolo/node.yaml', master: '/var/lib/piccolo/master', agent: '/var/lib/piccolo/agent',
    })
    expect(defaultPlaces({ user: { root: false, home: '/home/a' }, environment: { XDG_CONFIG_HOME: '/x', XDG_STATE_HOME: 'relative' } })).toEqual({
      credential: '/x/piccolo/admin.json', nodeList: '/x/piccolo/node.yaml', master: '/home/a/.local/state/piccolo/master', agent: '/home/a/.local/state/piccolo/agent',
    })
  })

  it('is what a command connects with', async () => {
    expect((await piccolo(['get', 'nodes'])).connected).toEqual([credential])
    const path = join(folder, 'other.json')
    await writeCredential(path, { ...credential, token: 'other' })
    expect((await piccolo(['get', 'nodes', '--credential', path])).connected).toEqual([{ ...credential, token: 'other' }])
    expect((await piccolo(['--credential', path, 'get', 'nodes'])).connected).toEqual([{ ...credential, token: 'other' }])
  })

  it('missing: the message says who writes it', async () => {
    const { code, err } = await piccolo(['get', 'nodes'], { withoutCredential: true })
    expect(code).toBe(4)
    expect(err).toContain('`piccolo master` writes one')
  })

  it('readable by others: told, with the remedy, and used', async () => {
    const path = join(folder, 'open.json')
    await writeCredential(path, credential)
    await chmod(path, 0o644)
    const { code, err } = await piccolo(['get', 'nodes', '--credential', path])
    expect(code).toBe(0)
    expect(err).toContain(`chmod 600 ${path}`)
  })
})

describe('a master keeps its administrator\'s credential', () => {
  const caPem = 'CA OF THIS CLUSTER\n'
  const keep = (minted: string[], apiAddress = 'https://0.0.0.0:47099') => keepAdminCredential({
    path: join(folder, 'admin.json'), apiAddress, caPem, knows: () => Promise.resolve(false), mint: () => { minted.push('token'); return Promise.resolve('token') },
  })

  it('goes by the token where no key is the same any more, as after a roll without an overlap', async () => {
    await keep([])
    const rolled = (knows: boolean) => keepAdminCredential({ path: join(folder, 'admin.json'), apiAddress: 'https://127.0.0.1:47099', caPem: 'another authority', knows: () => Promise.resolve(knows), mint: () => Promise.reject(new Error('minted')) })
    expect(await rolled(false)).toBe('foreign')
    expect(await rolled(true)).toBe('moved')
    expect(await readCredential(join(folder, 'admin.json'))).toMatchObject({ caPem: 'another authority', token: 'token' })
  })

  it('writes it on the first start, with an address that can be reached, and mints no second token', async () => {
    const minted: string[] = []
    expect(await keep(minted)).toBe('written')
    expect(await readCredential(join(folder, 'admin.json'))).toEqual({ address: 'https://127.0.0.1:47099', caPem, token: 'token' })
    expect(await keep(minted)).toBe('kept')
    expect(minted).toEqual(['token'])
  })

  it('follows the API to another address with the same token', async () => {
    const minted: string[] = []
    await keep(minted)
    expect(await keep(minted, 'https://[::]:5000')).toBe('moved')
    expect(await readCredential(join(folder, 'admin.json'))).toEqual({ address: 'https://[::1]:5000', caPem, token: 'token' })
    expect(minted.length).toBe(1)
  })

  it('follows the authority to a new key with the same token', async () => {
    const directory = join(folder, 'master')
    await foundAuthority(directory)
    const path = join(folder, 'admin.json')
    const authorities = async (): Promise<string> => (await describeAuthority({ directory: join(directory, 'ca'), nowMs }, signal)).authoritiesPem.join('')
    const start = async () => keepAdminCredential({ path, apiAddress: 'https://127.0.0.1:47099', caPem: await authorities(), knows: () => Promise.resolve(false), mint: () => Promise.resolve('token') })
    expect(await start()).toBe('written')
    await rollAuthority({ directory: join(directory, 'ca'), nowMs }, signal)
    expect(await start()).toBe('moved')
    expect(await readCredential(path)).toEqual({ address: 'https://127.0.0.1:47099', caPem: await authorities(), token: 'token' })
  })

  it('leaves another cluster\'s credential alone', async () => {
    const path = join(folder, 'admin.json')
    await writeCredential(path, credential)
    const before = await readFile(path, 'utf8')
    expect(await keep([])).toBe('foreign')
    expect(await readFile(path, 'utf8')).toBe(before)
  })
})
