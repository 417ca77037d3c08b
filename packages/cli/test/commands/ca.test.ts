import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

const ca = (...args: readonly string[]): Promise<CliOutcome> => piccolo(['ca', ...args], { withoutCredential: true })
const pinShown = async (): Promise<unknown> => (JSON.parse((await ca('show', '--directory', directory, '-o', 'json')).out) as { readonly publicKeyPin: unknown }).publicKeyPin

async function secret(name: string, text: string): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, `${text}\n`, { mode: 0o600 })
  return path
}

describe('piccolo ca show', () => {
  it('shows the pin, the key and the authorities, for people', async () => {
    const pin = await foundAuthority(directory)
    const { code, out } = await ca('show', '--directory', directory)
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'Cluster:     demo',
      `Pin:         ${pin}`,
      'Key:         on this machine, not encrypted',
      'Signs until: 2036-01-02',
      '',
      'Authorities:',
      '  KEY               FROM        UNTIL       CERTIFICATES',
      `  ${pin.slice(0, 16)}  2026-01-01  2036-01-02  accepted`,
      '',
    ])
  })

  it('of a directory without an authority says what makes one, and makes none', async () => {
    expect(await ca('show', '--directory', directory)).toMatchObject({ code: 3, err: expect.stringContaining('A master makes one') as string })
    expect(await readdir(folder.path)).toEqual([])
  })
})

describe('piccolo ca roll', () => {
  it('prints the new pin alone on standard output, and the end of the overlap on standard error', async () => {
    const before = await foundAuthority(directory)
    const { code, out, err } = await ca('roll', '--directory', directory)
    expect(code).toBe(0)
    expect(out).toMatch(/^[0-9a-f]{64}\n$/)
    expect(out.trim()).not.toBe(before)
    expect(await pinShown()).toBe(out.trim())
    expect(err).toContain('accepted until 2026-07-01')
    expect((await ca('show', '--directory', directory)).out).toContain(`${before.slice(0, 16)}  2026-01-01  2026-07-01  accepted`)
  })

  it('without an overlap, what the old key signed is renewed only', async () => {
    const before = await foundAuthority(directory)
    expect((await ca('roll', '--directory', directory, '--overlap', '0')).code).toBe(0)
    expect((await ca('show', '--directory', directory)).out).toContain(`${before.slice(0, 16)}  2026-01-01  2026-01-02  renewed only`)
  })

  it.each(['soon', '-1d', '180'])('refuses an overlap of "%s"', async (overlap) => {
    await foundAuthority(directory)
    const before = await pinShown()
    expect(await ca('roll', '--directory', directory, '--overlap', overlap)).toMatchObject({ code: 2, err: expect.stringContaining('--overlap') as string })
    expect(await pinShown()).toBe(before)
  })
})

describe('piccolo ca encrypt and decrypt', () => {
  it('encrypt the key and take the passphrase off again; the key stays the same', async () => {
    const pin = await foundAuthority(directory)
    const [first, second] = [await secret('first', 'correct horse'), await secret('second', 'battery staple')]
    expect((await ca('encrypt', '--directory', directory, '--ca-passphrase-file', first)).code).toBe(0)
    expect((await ca('show', '--directory', directory)).out).toContain('on this machine, encrypted')
    expect((await ca('encrypt', '--directory', directory, '--ca-passphrase-file', second, '--old-passphrase-file', first)).code).toBe(0)
    expect((await ca('decrypt', '--directory', directory, '--ca-passphrase-file', second)).code).toBe(0)
    expect((await ca('show', '--directory', directory)).out).toContain('not encrypted')
    expect(await foundAuthority(directory)).toBe(pin)
  })

  it('an encrypted key is rolled with its passphrase only, and the new one is encrypted, too', async () => {
    await foundAuthority(directory)
    const right = await secret('right', 'correct horse')
    await ca('encrypt', '--directory', directory, '--ca-passphrase-file', right)
    expect(await ca('roll', '--directory', directory)).toMatchObject({ code: 6, err: expect.stringContaining('--ca-passphrase-file') as string })
    const { code, err } = await ca('roll', '--directory', directory, '--ca-passphrase-file', await secret('wrong', 'incorrect horse'))
    expect(code).toBe(2)
    expect(err).not.toContain('horse')
    expect((await ca('roll', '--directory', directory, '--ca-passphrase-file', right)).code).toBe(0)
    expect(await readFile(join(directory, 'ca', 'ca-key.pem'), 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
  })

  it('refuse a passphrase that others can read, that is empty, or that is not there', async () => {
    await foundAuthority(directory)
    const open = join(folder.path, 'open')
    await writeFile(open, 'correct horse', { mode: 0o644 })
    expect(await ca('encrypt', '--directory', directory, '--ca-passphrase-file', open)).toMatchObject({ code: 6, err: expect.stringContaining(`chmod 600 ${open}`) as string })
    expect((await ca('encrypt', '--directory', directory, '--ca-passphrase-file', await secret('empty', ''))).code).toBe(2)
    expect((await ca('encrypt', '--directory', directory, '--ca-passphrase-file', join(folder.path, 'none'))).code).toBe(2)
    expect((await ca('show', '--directory', directory)).out).toContain('not encrypted')
  })
})

describe('piccolo ca intermediate and sign', () => {
  it('have an authority sign for a root whose key is never on its machine', async () => {
    const [root, request, certificate] = [join(folder.path, 'safe'), join(folder.path, 'request.pem'), join(folder.path, 'certificate.pem')]
    const asked = await ca('intermediate', '--directory', directory, '--cluster', 'demo')
    expect(asked.err).toContain('piccolo ca sign')
    await writeFile(request, asked.out)
    expect(await ca('sign', '--root', root, '--request', request)).toMatchObject({ code: 3, out: '', err: expect.stringContaining('--create-root') as string })
    const signed = await ca('sign', '--root', root, '--request', request, '--create-root')
    expect(signed.err).toContain('Good until 2031-01-01')
    await writeFile(certificate, signed.out)
    const installed = await ca('intermediate', '--directory', directory, '--certificate', certificate)
    expect(installed.code).toBe(0)
    expect(await foundAuthority(directory)).toBe(installed.out.trim())
    expect((await ca('show', '--directory', directory)).out).toContain('signs for a root kept elsewhere')
    expect((await ca('show', '--root', root)).out).toContain(installed.out.trim())
  })

  it('refuse files that are something else', async () => {
    const rubbish = join(folder.path, 'rubbish')
    await writeFile(rubbish, 'rubbish')
    expect((await ca('sign', '--root', join(folder.path, 'safe'), '--request', rubbish, '--create-root')).code).toBe(2)
    expect((await ca('intermediate', '--directory', directory, '--certificate', rubbish)).code).toBe(2)
    expect((await ca('intermediate', '--directory', directory, '--certificate', join(folder.path, 'none'))).code).toBe(2)
  })
})
