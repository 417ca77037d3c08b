import { readdir, stat } from 'node:fs/promises'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCredential } from '../../src/index.js'
import { foundAuthority } from '../support/authority.js'
import { piccolo, type CliOutcome } from '../support/cli.js'
import { temporaryFolder } from '../support/daemon.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let directory: string
beforeEach(async () => {
  folder = await temporaryFolder()
  directory = join(folder.path, 'master')
})
afterEach(() => folder[Symbol.asyncDispose]())

const person = (command: string, ...args: readonly string[]): Promise<CliOutcome> => piccolo(['person', command, '--directory', directory, ...args])

describe('piccolo person create', () => {
  it('prints a token alone on standard output', async () => {
    await foundAuthority(directory)
    const { code, out, err } = await person('create', '--name', 'wall-screen', '--role', 'viewer')
    expect(code).toBe(0)
    expect(out).toMatch(/^pcu1\.[0-9a-f]+\.[0-9a-f]+\n$/)
    expect(err).toBe('')
  })

  it("writes a credential with a token, for the API of the credential at hand, that nobody else can read", async () => {
    await foundAuthority(directory)
    const path = join(folder.path, 'ada.json')
    const { code, out, err } = await person('create', '--name', 'ada', '--role', 'operator', '--out', path)
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain('ada is operator from now on')
    expect(await readCredential(path)).toEqual({ address: 'https://127.0.0.1:47099', caPem: expect.stringContaining('BEGIN CERTIFICATE') as string, token: expect.stringMatching(/^pcu1\./) as string })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('writes a credential with a client certificate that names who it is, and not what they may do', async () => {
    await foundAuthority(directory)
    const path = join(folder.path, 'robot.json')
    const { err } = await person('create', '--name', 'robot', '--role', 'admin', '--certificate', '--valid-for', '90d', '--out', path, '--address', 'https://10.0.0.1:47099')
    expect(err).toContain('until 2026-04-02')
    const credential = await readCredential(path)
    if (credential === undefined || 'token' in credential) throw new Error('expected a certificate')
    expect(credential.address).toBe('https://10.0.0.1:47099')
    const leaf = new X509Certificate(credential.certificatePem)
    expect([leaf.subject, leaf.subjectAltName]).toEqual(['CN=robot', 'URI:piccolo://demo/person/robot'])
    expect(leaf.verify(new X509Certificate(credential.caPem).publicKey)).toBe(true)
  })

  it.each([['token', []], ['certificate', ['--certificate']]])('never overwrites a file by a slip (%s): nothing is changed, and it says how to insist', async (_, options) => {
    await foundAuthority(directory)
    const path = join(folder.path, 'ada.json')
    await person('create', '--name', 'ada', '--role', 'operator', '--out', path)
    const before = await readCredential(path)
    const again = (...more: readonly string[]) => person('create', '--name', 'bob', '--role', 'viewer', '--out', path, ...options, ...more)
    expect(await again()).toMatchObject({ code: 6, err: expect.stringContaining('--overwrite') as string })
    expect(await readCredential(path)).toEqual(before)
    expect((await person('list')).out).not.toContain('bob')
    expect((await again('--overwrite')).code).toBe(0)
    expect(await readCredential(path)).not.toEqual(before)
  })

  it('makes no directory for a master that is not there', async () => {
    expect((await person('create', '--name', 'ada', '--role', 'viewer')).code).toBe(3)
    expect((await person('create', '--name', 'ada', '--role', 'viewer', '--certificate', '--out', join(folder.path, 'ada.json'))).code).toBe(3)
    expect(await readdir(folder.path)).toEqual([])
  })

  it.each([[['--role', 'viewer'], '--name'], [['--name', 'ada'], '--role'], [['--name', 'ada', '--role', 'king'], '--role'], [['--name', 'a/b', '--role', 'viewer', '--certificate'], 'a/b']])('refuses %j', async (options, named) => {
    await foundAuthority(directory)
    expect(await person('create', ...options)).toMatchObject({ code: 2, err: expect.stringContaining(named) as string })
  })
})

describe('piccolo person list, set-role and remove', () => {
  beforeEach(async () => {
    await foundAuthority(directory)
    await person('create', '--name', 'ada', '--role', 'operator')
    await person('create', '--name', 'robot', '--role', 'viewer', '--certificate', '--out', join(folder.path, 'robot.json'))
  })

  it('show who is known, and by what', async () => {
    expect((await person('list')).out).toBe('NAME   ROLE      BY\nada    operator  token\nrobot  viewer    certificate\n')
  })

  it('change and take away what somebody may do', async () => {
    expect((await person('set-role', '--name', 'robot', '--role', 'admin')).err).toContain('robot is admin from now on')
    expect((await person('remove', '--name', 'ada')).code).toBe(0)
    expect(JSON.parse((await person('list', '-o', 'json')).out)).toEqual([{ name: 'robot', role: 'admin', proof: 'certificate' }])
  })

  it.each([
    ['remove', []], ['set-role', ['--role', 'operator']], ['create', ['--role', 'viewer']], ['create', ['--role', 'viewer', '--certificate', '--overwrite']],
  ])('%s %j takes the last administrator away only if it is forced, and says what else to do', async (command, options) => {
    await person('set-role', '--name', 'ada', '--role', 'admin')
    const before = (await person('list')).out
    const args = ['--name', 'ada', ...options, ...(options.includes('--certificate') ? ['--out', join(folder.path, 'robot.json')] : [])]
    const refused = await person(command, ...args)
    expect(refused).toMatchObject({ code: 6, err: expect.stringContaining('Make another one first') as string })
    expect((await person('list')).out).toBe(before)
    await person('set-role', '--name', 'robot', '--role', 'admin')
    expect((await person(command, ...args)).code).toBe(0)
    expect((await person('set-role', '--name', 'robot', '--role', 'viewer', '--force')).code).toBe(0)
  })

  it.each(['set-role', 'remove'])('%s of nobody says how to see who is known', async (command) => {
    const role = command === 'set-role' ? ['--role', 'viewer'] : []
    expect(await person(command, '--name', 'eve', ...role)).toMatchObject({ code: 3, err: expect.stringContaining('piccolo person list') as string })
  })
})
