import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changePassphrase, personCertificate, rollAuthority, x509Authority, type Passphrase } from '@piccolo/auth-x509'
import { contextAt, hourMs, nowMs, signal, temporaryDirectory } from './helpers/cluster.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
})
afterEach(() => directory.remove())

const right: Passphrase = () => 'correct horse'
const keyText = (): Promise<string> => readFile(join(place, 'ca-key.pem'), 'utf8')

async function pinAtStart(passphrase?: Passphrase): Promise<string> {
  const authority = x509Authority({ directory: place, ...(passphrase === undefined ? {} : { passphrase }) })(contextAt())
  await authority.open({ cluster: 'demo' }, signal)
  const { publicKeyPin } = authority
  await authority.issueServer({ cluster: 'demo', names: [], notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + hourMs }, signal)
  await authority.close()
  return publicKeyPin
}

describe('an authority with a passphrase', () => {
  test('encrypts the key that it makes, with what any tool reads, and opens it again', async () => {
    const pin = await pinAtStart(right)
    const pem = await keyText()
    expect(pem).toContain('BEGIN ENCRYPTED PRIVATE KEY')
    const key = createPublicKey(createPrivateKey({ key: pem, passphrase: 'correct horse' }))
    expect(key.equals(new X509Certificate(await readFile(join(place, 'ca.pem'))).publicKey)).toBe(true)
    expect(await pinAtStart(() => Promise.resolve('correct horse\n'))).toBe(pin)
  })

  test('does not start without it, and says how to give it', async () => {
    await pinAtStart(right)
    await expect(pinAtStart()).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('--ca-passphrase-file') as string })
  })

  test('does not start with another, and tells neither', async () => {
    await pinAtStart(right)
    const error: unknown = await pinAtStart(() => 'battery staple').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('ca-key.pem') as string })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/battery|correct/)
  })

  test.each(['', '\n'])('refuses %j, which would leave the key open', async (passphrase) => {
    await expect(pinAtStart(() => passphrase)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('empty') as string })
  })

  test('opens a key that is not encrypted all the same', async () => {
    expect(await pinAtStart(right)).toBe(await changePassphrase({ directory: place, current: right }, signal).then(() => pinAtStart(right)))
    expect(await keyText()).toContain('BEGIN PRIVATE KEY')
  })

  test('refuses an encrypted key that others may read', async () => {
    await pinAtStart(right)
    await chmod(join(place, 'ca-key.pem'), 0o644)
    await expect(pinAtStart(right)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('chmod 600') as string })
  })

  test('encrypts the next key of a roll as well, and signs for people', async () => {
    const pin = await pinAtStart(right)
    await expect(rollAuthority({ directory: place, nowMs }, signal)).rejects.toMatchObject({ code: 'failed-precondition' })
    const { publicKeyPin } = await rollAuthority({ directory: place, nowMs, passphrase: right }, signal)
    expect(await keyText()).toContain('BEGIN ENCRYPTED PRIVATE KEY')
    expect([pin, await pinAtStart(right)]).toEqual([expect.not.stringMatching(publicKeyPin), publicKeyPin])
    const { certificateChainPem } = await personCertificate({ directory: place, name: 'ada', role: 'admin', nowMs, passphrase: right }, signal)
    expect(new X509Certificate(certificateChainPem).subject).toBe('CN=ada')
  })
})

describe('changing the passphrase', () => {
  test('encrypts, changes and decrypts; the key stays the same', async () => {
    const pin = await pinAtStart()
    await changePassphrase({ directory: place, next: right }, signal)
    expect(await pinAtStart(right)).toBe(pin)
    const other: Passphrase = () => 'battery staple'
    await changePassphrase({ directory: place, current: right, next: other }, signal)
    await expect(pinAtStart(right)).rejects.toMatchObject({ code: 'invalid-argument' })
    await changePassphrase({ directory: place, current: other }, signal)
    expect(await pinAtStart()).toBe(pin)
  })

  test('with a wrong one changes nothing, not even one of two keys', async () => {
    await pinAtStart(right)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const next = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'another' }).toString()
    await writeFile(join(place, 'ca-next-key.pem'), next, { mode: 0o600 })
    const before = await keyText()
    await expect(changePassphrase({ directory: place, current: right }, signal)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('ca-next-key.pem') as string })
    expect(await keyText()).toBe(before)
  })

  test('of an authority that does not exist is refused', async () => {
    await expect(changePassphrase({ directory: place, next: right }, signal)).rejects.toMatchObject({ code: 'not-found' })
  })
})
