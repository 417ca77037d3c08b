import 'reflect-metadata'
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'
import { x509Authority } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import { contextAt, dayMs, hourMs, nowMs, openAuthority, signal, temporaryDirectory } from './helpers/cluster.js'

const validity = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
})
afterEach(() => directory.remove())

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('an authority on first start', () => {
  test('keeps its key where only its owner reads it, and leaves nothing half-written', async () => {
    await openAuthority(place)
    expect(await modeOf(place)).toBe(0o700)
    expect(await modeOf(join(place, 'ca-key.pem'))).toBe(0o600)
    expect((await readdir(place)).sort()).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('is an ECDSA P-256 authority for ten years that signs leaves only', async () => {
    const authority = await openAuthority(place)
    const certificate = new X509Certificate(authority.authoritiesPem[0] ?? '')
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    // Not toLegacyObject: where nothing has loaded node:tls yet, it leaves Node 20 without createSecureContext for good.
    expect(certificate.subjectAltName).toBe('URI:piccolo://demo/ca')
    const years = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / (365.25 * dayMs)
    expect(years).toBeCloseTo(10, 1)
    // BasicConstraints, critical: CA true, path length 0.
    expect(certificate.raw.toString('hex')).toContain('0603551d130101ff040830060101ff020100')
  })

  test('I7: on a board that takes the year for 1970 it is still valid once the time is known', async () => {
    const authority = x509Authority({ directory: place })(contextAt(0))
    await authority.open({ cluster: 'demo' }, signal)
    const { validFrom, validTo } = new X509Certificate(authority.authoritiesPem[0] ?? '')
    expect(Date.parse(validFrom)).toBeLessThan(nowMs)
    expect(Date.parse(validTo)).toBeGreaterThan(nowMs)
  })

  test('that crashed between key and certificate goes on with the same key', async () => {
    const { publicKeyPin } = await openAuthority(place)
    await rm(join(place, 'ca.pem'))
    expect((await openAuthority(place)).publicKeyPin).toBe(publicKeyPin)
    expect((await readdir(place)).sort()).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('that crashed while it wrote its key starts anew, over what was left behind', async () => {
    await mkdir(place, { mode: 0o700 })
    await writeFile(join(place, '.ca-key.pem.new'), '-----BEGIN PRI', { mode: 0o644 })
    await openAuthority(place)
    expect((await readdir(place)).sort()).toEqual(['ca-key.pem', 'ca.pem'])
    expect(await modeOf(join(place, 'ca-key.pem'))).toBe(0o600)
  })
})

describe('an authority that is loaded', () => {
  test.each([0o640, 0o604, 0o660])('refuses a key that others may read (mode %o), and says what to do', async (mode) => {
    await openAuthority(place)
    await chmod(join(place, 'ca-key.pem'), mode)
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('chmod 600') as string })
  })

  test("refuses key and certificate that don't belong together", async () => {
    await openAuthority(place)
    await openAuthority(join(directory.path, 'other'))
    await copyFile(join(directory.path, 'other', 'ca-key.pem'), join(place, 'ca-key.pem'))
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('do not belong together') as string })
  })

  test('refuses a certificate whose key is gone, instead of becoming another authority', async () => {
    await openAuthority(place)
    await rm(join(place, 'ca-key.pem'))
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readdir(place)).toEqual(['ca.pem'])
  })

  test.each(['ca-key.pem', 'ca.pem'])('refuses a damaged %s and leaves it as it is', async (file) => {
    await openAuthority(place)
    const damaged = (await readFile(join(place, file), 'utf8')).slice(0, 120)
    await writeFile(join(place, file), damaged)
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('backup') as string })
    expect(await readFile(join(place, file), 'utf8')).toBe(damaged)
  })

  test("names the cluster whose directory it was given by mistake", async () => {
    await openAuthority(place, 'demo')
    await expect(openAuthority(place, 'factory')).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('"demo"') as string })
  })

  test('refuses a directory that others may write to', async () => {
    await mkdir(place)
    await chmod(place, 0o777)
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('chmod 700') as string })
  })

  test('says so when a file is where its directory should be', async () => {
    await writeFile(place, '')
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'failed-precondition' })
  })
})

describe('an authority that signs', () => {
  test('ignores every name that a request asks for', async () => {
    const authority = await openAuthority(place)
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: 'CN=admin',
      keys: await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
      signingAlgorithm: algorithm,
      extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: 'piccolo://demo/master' }, { type: 'dns', value: 'piccolo-master' }])],
    })
    const { certificateChainPem } = await authority.issueNode({ cluster: 'demo', nodeId: 'zone-a', csr: new Uint8Array(request.rawData), ...validity }, signal)
    const leaf = new X509Certificate(certificateChainPem)
    expect([leaf.subject, leaf.subjectAltName]).toEqual(['CN=zone-a', 'URI:piccolo://demo/node/zone-a'])
  })

  test('refuses keys that are not ECDSA P-256', async () => {
    const authority = await openAuthority(place)
    const csr = createCsr(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)
    await expect(authority.readCsr(csr)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('P-256') as string })
  })

  test.each(['bad host', 'a,b', 'x"y', 'fe80::1%eth0', ''])('makes no server certificate out to %j', async (name) => {
    const authority = await openAuthority(place)
    await expect(authority.issueServer({ cluster: 'demo', names: [name], ...validity }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test.each([[Number.NaN, 1], [2000, 1000], [0, Number.POSITIVE_INFINITY]])('refuses a validity from %d to %d', async (notBeforeMs, notAfterMs) => {
    const authority = await openAuthority(place)
    await expect(authority.issueServer({ cluster: 'demo', names: [], notBeforeMs, notAfterMs }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test('gives serials of 128 random bits', async () => {
    const authority = await openAuthority(place)
    const csr = createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    const { serial } = await authority.issueNode({ cluster: 'demo', nodeId: 'zone-a', csr, ...validity }, signal)
    expect(serial).toMatch(/^[0-9a-f]{30,32}$/)
  })
})
