import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PiccoloError, type CertificateAuthority, type Disk } from '@piccolo/core/spi'
import { rollAuthority } from '@piccolo/auth-x509'
import { clockToleranceMs } from '@piccolo/auth-x509/agent'
import { credentialsOf, dayMs, enrol, hourMs, issue, noDisk, nowMs, openAuthority, signal, temporaryDirectory, tokenFor } from './helpers/cluster.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
let authority: CertificateAuthority

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'agent')
  authority = await openAuthority(join(directory.path, 'master'))
})
afterEach(() => directory.remove())

const node = () => credentialsOf({ directory: place, token: tokenFor(authority.publicKeyPin) })

async function joined(): Promise<void> {
  const credentials = node()
  await credentials.open(signal)
  await enrol(credentials, authority)
  await credentials.close()
}

describe('the key of a node', () => {
  test('is on disk, readable by its owner only, before a token is asked for', async () => {
    await credentialsOf({ directory: place }).open(signal)
    expect((await stat(join(place, 'node-key.pem'))).mode & 0o777).toBe(0o600)
    expect((await stat(place)).mode & 0o777).toBe(0o700)
  })

  test('is never replaced once the node has a certificate for it', async () => {
    await joined()
    await rm(join(place, 'node-key.pem'))
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('piccolo token create') as string })
    expect(await readdir(place)).toEqual(['identity.json'])
  })

  test('damaged is reported and left as it is', async () => {
    await joined()
    await writeFile(join(place, 'node-key.pem'), 'rubbish')
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readFile(join(place, 'node-key.pem'), 'utf8')).toBe('rubbish')
  })

  test('that is in a chip is told to be out of reach, not damaged, where OpenSSL does not know the chip', async () => {
    await joined()
    await writeFile(join(place, 'node-key.pem'), '-----BEGIN PKCS#11 PROVIDER URI-----\nMAA=\n-----END PKCS#11 PROVIDER URI-----\n')
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('--openssl-config') as string })
  })

  test('that others may read is refused', async () => {
    await joined()
    await chmod(join(place, 'node-key.pem'), 0o644)
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('chmod 600') as string })
  })
})

describe('a key whose curve is told by its numbers, as some chips tell it', () => {
  const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' }).privateKey
  const placed = async (namedCurve: string): Promise<ReturnType<typeof pair>> => {
    const key = pair(namedCurve)
    await mkdir(place, { mode: 0o700 })
    await writeFile(join(place, 'node-key.pem'), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    return key
  }

  test('goes by the same name as by its curve: its request and its certificate do, too', async () => {
    const jwk = createPublicKey(await placed('P-256')).export({ format: 'jwk' })
    const named = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
    const credentials = node()
    await credentials.open(signal)
    const { csr } = await credentials.enrolment(signal)
    expect(Buffer.from(csr).includes(named)).toBe(true)
    await enrol(credentials, authority)
    expect(credentials.enrolled).toMatchObject({ nodeId: 'zone-a' })
  })

  test('is refused for any other curve', async () => {
    await placed('P-384')
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('the identity of a node', () => {
  test.each([
    ['cut off', (text: string) => text.slice(0, 200)],
    ['emptied', () => ''],
    ['without a certificate', (text: string) => text.replace('certificateChainPem', 'lost')],
    ['under another name', (text: string) => text.replace('"zone-a"', '"zone-b"')],
    ['with a flipped letter in the certificate', (text: string) => text.replace(/(BEGIN CERTIFICATE-----\\n[^\\]{60})(.)/, (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'))],
  ])('%s is reported as corrupt with the remedy, and never wiped', async (_, damage) => {
    await joined()
    const file = join(place, 'identity.json')
    const damaged = damage(await readFile(file, 'utf8'))
    await writeFile(file, damaged)
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('backup') as string })
    expect(await readFile(file, 'utf8')).toBe(damaged)
    expect((await readdir(place)).sort()).toEqual(['identity.json', 'node-key.pem'])
  })

  test("of another node's key is reported as corrupt", async () => {
    await joined()
    const other = credentialsOf({ directory: join(directory.path, 'other') })
    await other.open(signal)
    await writeFile(join(place, 'node-key.pem'), await readFile(join(directory.path, 'other', 'node-key.pem')))
    await expect(node().open(signal)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('that could not be kept is not taken on', async () => {
    let full = false
    const disk: Disk = {
      ...noDisk,
      read: () => Promise.resolve(undefined),
      replace: () => full ? Promise.reject(new PiccoloError('resource-exhausted', 'The disk is full.')) : Promise.resolve(),
    }
    const credentials = credentialsOf({ token: tokenFor(authority.publicKeyPin) }, disk)
    await credentials.open(signal)
    full = true
    await expect(enrol(credentials, authority)).rejects.toMatchObject({ code: 'resource-exhausted' })
    expect(credentials.enrolled).toBeUndefined()
    full = false
    await enrol(credentials, authority)
    expect(credentials.enrolled?.nodeId).toBe('zone-a')
  })

  test('without a directory of its own lives on the disk of the agent, the key for its owner only', async () => {
    const files = new Map<string, { readonly bytes: Uint8Array; readonly mode: number | undefined }>()
    const disk: Disk = {
      ...noDisk,
      read: (path) => Promise.resolve(files.get(path)?.bytes),
      replace: (path, bytes, _, options) => Promise.resolve(void files.set(path, { bytes, mode: options?.mode })),
    }
    const credentials = credentialsOf({ token: tokenFor(authority.publicKeyPin) }, disk)
    await credentials.open(signal)
    await enrol(credentials, authority)
    expect([...files].map(([path, { mode }]) => [path, mode])).toEqual([['credentials/node-key.pem', 0o600], ['credentials/identity.json', 0o600]])
    const restarted = credentialsOf({}, disk)
    await restarted.open(signal)
    expect(restarted.enrolled).toEqual(credentials.enrolled)
  })

  test('I6: a renewal keeps the key, and swaps certificate and authorities in one file', async () => {
    await joined()
    const credentials = node()
    await credentials.open(signal)
    const before = credentials.enrolled
    await rollAuthority({ directory: join(directory.path, 'master'), nowMs }, signal)
    await credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)
    expect(credentials.enrolled?.tls.privateKeyPem).toBe(before?.tls.privateKeyPem)
    expect(credentials.enrolled?.tls.certificateChainPem).not.toBe(before?.tls.certificateChainPem)
    const restarted = node()
    await restarted.open(signal)
    expect(restarted.enrolled).toEqual(credentials.enrolled)
    expect((await readdir(place)).sort()).toEqual(['identity.json', 'node-key.pem'])
  })

  test('I6: a renewal that could not be kept leaves the old identity in force, now and after a restart', async () => {
    const files = new Map<string, Uint8Array>()
    let full = false
    const disk: Disk = {
      ...noDisk,
      read: (path) => Promise.resolve(files.get(path)),
      replace: (path, bytes) => full ? Promise.reject(new PiccoloError('resource-exhausted', 'The disk is full.')) : Promise.resolve(void files.set(path, bytes)),
    }
    const credentials = credentialsOf({ token: tokenFor(authority.publicKeyPin) }, disk)
    await credentials.open(signal)
    await enrol(credentials, authority)
    const { enrolled } = credentials
    const old = await serverChainOf(authority)
    full = true
    await rollAuthority({ directory: join(directory.path, 'master'), nowMs, overlapMs: 0 }, signal)
    await expect(credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)).rejects.toMatchObject({ code: 'resource-exhausted' })
    for (const each of [credentials, credentialsOf({}, disk)]) {
      if (each !== credentials) await each.open(signal)
      expect(each.enrolled).toEqual(enrolled)
      each.verifyServer(() => nowMs)(old)
    }
    full = false
    await credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)
    expect(credentials.enrolled).not.toEqual(enrolled)
  })

  test('I6: a crash while a renewal is kept leaves the old identity, and the next renewal takes', async () => {
    await joined()
    await writeFile(join(place, '.identity.json.new'), '{"format":1,"clus')
    const credentials = node()
    await credentials.open(signal)
    expect(credentials.enrolled?.nodeId).toBe('zone-a')
    await credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)
    expect((await readdir(place)).sort()).toEqual(['identity.json', 'node-key.pem'])
  })

  test('I9: a renewal brings the next authority along, and both are trusted for the overlap', async () => {
    await joined()
    const credentials = node()
    await credentials.open(signal)
    const old = await serverChainOf(authority)
    await rollAuthority({ directory: join(directory.path, 'master'), nowMs }, signal)
    const verifyBefore = credentials.verifyServer(() => nowMs)
    const { csr } = await credentials.renewal(signal)
    await credentials.accept(await issue(authority, csr), signal)
    expect(credentials.enrolled?.tls.certificateChainPem).toContain(authority.authoritiesPem[1])
    for (const chain of [old, await serverChainOf(authority)]) {
      verifyBefore(chain)
      credentials.verifyServer(() => nowMs)(chain)
    }
  })
})

describe('a join token in a file', () => {
  test('is read when it is needed, so that it can be put there later', async () => {
    const tokenFile = join(directory.path, 'token')
    const credentials = credentialsOf({ directory: place, tokenFile })
    await credentials.open(signal)
    await expect(credentials.enrolment(signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining(tokenFile) as string })
    await writeFile(tokenFile, `${tokenFor(authority.publicKeyPin)}\n`)
    expect((await credentials.enrolment(signal)).token).toBe(tokenFor(authority.publicKeyPin))
  })
})

test("a server certificate a little outside its validity is still taken: the node's clock may be off by that much", async () => {
  const credentials = node()
  await credentials.open(signal)
  await enrol(credentials, authority)
  const notAfterMs = Math.floor(nowMs / 1000) * 1000
  const { certificateChainPem } = await authority.issueServer({ cluster: 'demo', names: [], notBeforeMs: nowMs - hourMs, notAfterMs }, signal)
  const chain = derOf(certificateChainPem)
  credentials.verifyServer(() => notAfterMs + clockToleranceMs)(chain)
  expect(() => { credentials.verifyServer(() => notAfterMs + clockToleranceMs + 1)(chain); }).toThrow('expired')
})

async function serverChainOf(signer: CertificateAuthority): Promise<readonly Uint8Array[]> {
  const { certificateChainPem } = await signer.issueServer({ cluster: 'demo', names: [], notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }, signal)
  return derOf(certificateChainPem)
}

function derOf(pem: string): readonly Uint8Array[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, base64]) => Buffer.from(base64 ?? '', 'base64'))
}
