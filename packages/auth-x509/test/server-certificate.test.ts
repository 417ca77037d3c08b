import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogMethod } from '@piccolo/core/spi'
import { x509Authority } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import { contextAt, dayMs, hourMs, issue, nowMs, openAuthority, signal, temporaryDirectory } from './helpers/cluster.js'

const lifeMs = 90 * dayMs
const names = ['localhost', '127.0.0.1', '::1']
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
let warnings: string[]

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
  warnings = []
})
afterEach(() => directory.remove())

interface Start {
  readonly cluster?: string
  readonly names?: readonly string[]
  readonly atMs?: number
}

/** What a master gets at one start: the serial number of its certificate tells whether it is another. */
async function serialAtStart({ cluster = 'demo', names: asked = names, atMs = nowMs }: Start = {}): Promise<string> {
  const warn: LogMethod = (_, message) => { warnings.push(message) }
  const context = contextAt(atMs)
  const authority = x509Authority({ directory: place })({ ...context, logger: { ...context.logger, warn } })
  await authority.open({ cluster }, signal)
  try {
    const { certificateChainPem, privateKeyPem } = await authority.issueServer({ cluster, names: asked, notBeforeMs: atMs - hourMs, notAfterMs: atMs + lifeMs }, signal)
    const leaf = new X509Certificate(certificateChainPem)
    expect(leaf.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true)
    expect(leaf.verify(new X509Certificate(authority.authoritiesPem[0] ?? '').publicKey)).toBe(true)
    return leaf.serialNumber
  } finally {
    await authority.close()
  }
}

const serverFile = (): string => join(place, 'server.pem')

describe("the master's certificate at its next start", () => {
  test('is the one it had, kept with its key where only their owner reads them', async () => {
    const first = await serialAtStart()
    expect((await stat(serverFile())).mode & 0o777).toBe(0o600)
    expect(await serialAtStart({ atMs: nowMs + dayMs })).toBe(first)
    expect(warnings).toEqual([])
  })

  test('is the same however names are ordered, repeated or written', async () => {
    const first = await serialAtStart({ names: ['localhost', 'fd00::12', '127.0.0.1'] })
    expect(await serialAtStart({ names: ['127.0.0.1', 'fd00:0:0::0012', 'localhost', 'localhost'] })).toBe(first)
  })

  test.each([
    ['one more', [...names, 'master.example']],
    ['one less', ['localhost', '127.0.0.1']],
    ['another address', ['localhost', '127.0.0.1', '::2']],
    ['a wildcard instead of a name', ['*.example', '127.0.0.1', '::1']],
  ])('is another for other names: %s', async (_, asked) => {
    const first = await serialAtStart()
    const second = await serialAtStart({ names: asked })
    expect(second).not.toBe(first)
    expect(await serialAtStart({ names: asked })).toBe(second)
  })

  test('is the same with a third of its life left, and another with less', async () => {
    const first = await serialAtStart()
    const wholeMs = lifeMs + hourMs
    expect(await serialAtStart({ atMs: nowMs + (wholeMs * 2) / 3 - hourMs })).toBe(first)
    const second = await serialAtStart({ atMs: nowMs + (wholeMs * 2) / 3 + hourMs })
    expect(second).not.toBe(first)
  })

  test('I7: is another when the clock says that the one it had is not valid yet', async () => {
    const first = await serialAtStart()
    expect(await serialAtStart({ atMs: nowMs - dayMs })).not.toBe(first)
  })

  test('is another when the authority is another one', async () => {
    const first = await serialAtStart()
    await rm(join(place, 'ca-key.pem'))
    await rm(join(place, 'ca.pem'))
    expect(await serialAtStart()).not.toBe(first)
  })

  test('is another when what is kept was signed by somebody else', async () => {
    const own = await serialAtStart()
    const stranger = await openAuthority(join(directory.path, 'other'))
    await stranger.issueServer({ cluster: 'demo', names, notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + lifeMs }, signal)
    const strange = new X509Certificate(await readFile(join(directory.path, 'other', 'server.pem'))).serialNumber
    await copyFile(join(directory.path, 'other', 'server.pem'), serverFile())
    expect([own, strange]).not.toContain(await serialAtStart())
  })
})

describe("a master's certificate that can't be used", () => {
  const damages: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['is empty', (file) => writeFile(file, '')],
    ['was cut off', async (file) => writeFile(file, (await readFile(file, 'utf8')).slice(0, 400))],
    ['lost its key', async (file) => writeFile(file, (await readFile(file, 'utf8')).replace(/-----BEGIN PRIVATE[^]*PRIVATE KEY-----\n/, ''))],
    ['has the key of another certificate', async (file) => {
      const [certificate] = /-----BEGIN CERTIFICATE-----[^]*/.exec(await readFile(file, 'utf8')) ?? []
      await writeFile(file, `${await readFile(join(place, 'ca-key.pem'), 'utf8')}${certificate ?? ''}`)
    }],
    ['holds the authority itself', async (file) => writeFile(file, (await readFile(join(place, 'ca-key.pem'), 'utf8')) + (await readFile(join(place, 'ca.pem'), 'utf8')))],
    ["holds a node's identity", async (file) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { certificateChainPem } = await issue(await openAuthority(place), createCsr(privateKey))
      await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() + certificateChainPem)
    }],
    ['could be read by others', (file) => chmod(file, 0o644)],
  ]
  test.each(damages)('because its file %s is made anew, and the file mended', async (_, damage) => {
    const first = await serialAtStart()
    await damage(serverFile())
    const second = await serialAtStart()
    expect(second).not.toBe(first)
    expect((await stat(serverFile())).mode & 0o777).toBe(0o600)
    expect(await serialAtStart()).toBe(second)
  })

  test('nor be kept does not keep the master from starting, which says so', async () => {
    await serialAtStart()
    await rm(serverFile())
    await mkdir(serverFile())
    const first = await serialAtStart()
    expect(await serialAtStart()).not.toBe(first)
    expect(warnings).toContainEqual(expect.stringContaining("can't be kept"))
  })
})
