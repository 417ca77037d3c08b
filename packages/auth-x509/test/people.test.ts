import { readFile, stat, writeFile } from 'node:fs/promises'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator, CertificateAuthority, MasterAuth, PersonRole, Principal } from '@piccolo/core/spi'
import { createCsr } from '@piccolo/auth-x509/agent'
import { adminCredential, listPeople, personCertificate, personCredential, removePerson, setPersonRole, x509Auth } from '@piccolo/auth-x509'
import { directoryFiles } from '../src/files/directory-files.js'
import { PeopleReader } from '../src/people/people-reader.js'
import { contextAt, hourMs, issue, nowMs, signal, temporaryDirectory } from './helpers/cluster.js'
import { dial, serve } from './helpers/tls.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
let authenticator: Authenticator

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
  authenticator = x509Auth({ directory: place }).authenticator(contextAt())
})
afterEach(() => directory.remove())

const who = (token: string): Promise<Principal | undefined> => authenticator.authenticate({ type: 'bearer', token }, signal)

describe("the administrator's token", () => {
  test('works at once, with a master that runs already', async () => {
    expect(await who('pcu1.0123456789ab.' + '0'.repeat(40))).toBeUndefined()
    const { token } = await adminCredential({ directory: place }, signal)
    expect(await who(token)).toEqual({ kind: 'person', name: 'admin', role: 'admin' })
  })

  test('has at least 128 bits and is kept as a hash only, where nobody else reads it', async () => {
    const { token } = await adminCredential({ directory: place }, signal)
    const [, , secret] = /^(pcu1\.[a-z0-9]+)\.([0-9a-f]{32,})$/.exec(token) ?? []
    expect(secret).toBeDefined()
    const kept = await readFile(join(place, 'people.json'), 'utf8')
    expect(kept).not.toContain(secret)
    expect((await stat(join(place, 'people.json'))).mode & 0o777).toBe(0o600)
  })

  test('made again replaces the lost one, and no other', async () => {
    const viewer = await personCredential({ directory: place, name: 'wall-screen', role: 'viewer' }, signal)
    const lost = await adminCredential({ directory: place }, signal)
    const found = await adminCredential({ directory: place }, signal)
    expect(await who(lost.token)).toBeUndefined()
    expect(await who(found.token)).toMatchObject({ role: 'admin' })
    expect(await who(viewer.token)).toEqual({ kind: 'person', name: 'wall-screen', role: 'viewer' })
  })

  test("one person's id with another one's secret is nobody", async () => {
    const [ada, ben] = [await personCredential({ directory: place, name: 'ada', role: 'admin' }, signal), await personCredential({ directory: place, name: 'ben', role: 'viewer' }, signal)]
    const [, adaId] = ada.token.split('.')
    const [, , benSecret] = ben.token.split('.')
    expect(await who(`pcu1.${adaId ?? ''}.${benSecret ?? ''}`)).toBeUndefined()
  })
})

describe('a certificate of a person', () => {
  let authority: CertificateAuthority
  let auth: MasterAuth
  beforeEach(async () => {
    auth = x509Auth({ directory: place })
    authority = auth.authority(contextAt())
    await authority.open({ cluster: 'demo' }, signal)
    authenticator = auth.authenticator(contextAt())
  })
  afterEach(() => authority.close())

  const made = (name: string, role: PersonRole = 'viewer') => personCertificate({ directory: place, name, role, nowMs }, signal)
  const holder = (pem: string): Promise<Principal | undefined> => authenticator.authenticate({ type: 'certificate', certificate: new X509Certificate(pem).raw }, signal)

  test('says who, for a client and nothing else; the role is in the list alone', async () => {
    const { certificateChainPem, privateKeyPem, notAfterMs } = await made('ada', 'operator')
    const leaf = new X509Certificate(certificateChainPem)
    expect([leaf.subject, leaf.subjectAltName, leaf.keyUsage, leaf.ca]).toEqual(['CN=ada', 'URI:piccolo://demo/person/ada', ['1.3.6.1.5.5.7.3.2'], false])
    expect(leaf.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true)
    expect(Date.parse(leaf.validTo)).toBe(Math.floor(notAfterMs / 1000) * 1000)
    expect(await holder(certificateChainPem)).toEqual({ kind: 'person', name: 'ada', role: 'operator' })
    const kept = await readFile(join(place, 'people.json'), 'utf8')
    expect(kept).not.toContain('PRIVATE')
  })

  test('over TLS opens the door that a node\'s does, and is no node', async () => {
    const identity = await made('ada')
    const server = await serve({ identity: await authority.issueServer({ cluster: 'demo', names: [], notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + hourMs }, signal), clientAuthoritiesPem: authority.authoritiesPem })
    await dial(server.port, { identity, verifyServer: () => undefined })
    const { authorized, certificate } = await server.client
    await server.close()
    expect(authorized).toBe(true)
    expect(await authenticator.authenticate({ type: 'certificate', certificate: certificate ?? new Uint8Array() }, signal)).toEqual({ kind: 'person', name: 'ada', role: 'viewer' })
  })

  test('I8: counts by what the list says at the call: another role, none, another certificate, a token instead', async () => {
    const [ada, ben] = [await made('ada'), await made('ben', 'admin')]
    await setPersonRole({ directory: place, name: 'ada', role: 'admin' }, signal)
    expect(await holder(ada.certificateChainPem)).toMatchObject({ role: 'admin' })
    const next = await made('ada', 'operator')
    expect([await holder(ada.certificateChainPem), await holder(next.certificateChainPem)]).toEqual([undefined, { kind: 'person', name: 'ada', role: 'operator' }])
    const { token } = await personCredential({ directory: place, name: 'ada', role: 'viewer' }, signal)
    expect([await holder(next.certificateChainPem), await who(token)]).toEqual([undefined, { kind: 'person', name: 'ada', role: 'viewer' }])
    await removePerson({ directory: place, name: 'ben', force: true }, signal)
    expect(await holder(ben.certificateChainPem)).toBeUndefined()
    expect(await listPeople({ directory: place }, signal)).toEqual([{ name: 'ada', role: 'viewer', proof: 'token' }])
  })

  test('of another name, or for a key that is not the listed one, is nobody', async () => {
    const { certificateChainPem } = await made('ada')
    const list = await readFile(join(place, 'people.json'), 'utf8')
    await writeFile(join(place, 'people.json'), list.replace('"ada"', '"eve"'))
    expect(await holder(certificateChainPem)).toBeUndefined()
    await writeFile(join(place, 'people.json'), list.replace(/"keyFingerprint": "../, '"keyFingerprint": "zz'))
    expect(await holder(certificateChainPem)).toBeUndefined()
    await writeFile(join(place, 'people.json'), list)
    expect(await holder(certificateChainPem)).toMatchObject({ name: 'ada' })
  })

  test('of a node under the name of a person is a node', async () => {
    await made('zone-a', 'admin')
    const { certificateChainPem } = await issue(authority, createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
    expect(await holder(certificateChainPem)).toMatchObject({ kind: 'node', nodeId: 'zone-a' })
  })

  test.each([0, -1, Number.NaN])('good for %d ms is refused, and nobody is let in by it', async (validForMs) => {
    await expect(personCertificate({ directory: place, name: 'ada', role: 'admin', nowMs, validForMs }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await listPeople({ directory: place }, signal)).toEqual([])
  })

  test.each(['', 'a/b', 'a, URI:piccolo://demo/master', 'x'.repeat(64)])('for the name %j is refused', async (name) => {
    await expect(made(name)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

test('the list is read when it has changed, and looked at for every question', async () => {
  const { token } = await personCredential({ directory: place, name: 'ada', role: 'viewer' }, signal)
  const files = directoryFiles(place)
  let reads = 0
  const reader = new PeopleReader({ ...files, read: (name, ...rest) => { reads += 1; return files.read(name, ...rest) } })
  const role = async (): Promise<unknown> => (await reader.find(({ name }) => name === 'ada', signal))?.role
  expect([await role(), await role(), await role()]).toEqual(['viewer', 'viewer', 'viewer'])
  expect(reads).toBe(1)
  await setPersonRole({ directory: place, name: 'ada', role: 'admin' }, signal)
  expect([await role(), await role()]).toEqual(['admin', 'admin'])
  expect(reads).toBe(2)
  await removePerson({ directory: place, name: 'ada', force: true }, signal)
  expect(await role()).toBeUndefined()
  expect(await who(token)).toBeUndefined()
})

test.each(['', '{', '[]', '{"people":[{"id":"x"}]}', '{"people":[{"id":"a","name":"b","role":"god","secretHash":"c"}]}'])('a damaged list of people (%j) is an error, not an empty list', async (text) => {
  const { token } = await adminCredential({ directory: place }, signal)
  await writeFile(join(place, 'people.json'), text)
  await expect(who(token)).rejects.toMatchObject({ code: 'corrupt' })
  await expect(adminCredential({ directory: place }, signal)).rejects.toMatchObject({ code: 'corrupt' })
  expect(await readFile(join(place, 'people.json'), 'utf8')).toBe(text)
})
